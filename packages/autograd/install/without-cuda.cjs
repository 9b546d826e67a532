// Lets the package install with nothing but a registry in reach. npm runs this before the install
// scripts of dependencies.
//
// onnxruntime-node carries its CPU and WebGPU kernels. On Linux x64 its own install script also
// downloads 400 MB of CUDA libraries from nuget.org, and fails the whole installation where that
// server is out of reach. It leaves alone what is already there: so, unless its own setting asks for
// CUDA (ONNXRUNTIME_NODE_INSTALL=cuda12) or skips it, a note is put where each library would be.

const { existsSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const NOTE =
  'Not the CUDA library: it was not installed. To have it, remove node_modules/onnxruntime-node and ' +
  'install again with ONNXRUNTIME_NODE_INSTALL=cuda12 in the environment.\n';

const { env, platform, arch } = process;
const chosen =
  env.ONNXRUNTIME_NODE_INSTALL ||
  env.ONNXRUNTIME_NODE_INSTALL_CUDA ||
  env.npm_config_onnxruntime_node_install ||
  env.npm_config_onnxruntime_node_install_cuda;

if (!chosen) {
  try {
    const root = dirname(require.resolve('onnxruntime-node/package.json'));
    const { requirements, manifests } = require('onnxruntime-node/script/install-metadata.js');
    const target = `${platform}/${arch}`;
    for (const name of requirements[target] ?? []) {
      for (const file of Object.keys(manifests[`${target}:${name}`] ?? {})) {
        const path = join(root, 'bin', 'napi-v6', target, file);
        if (!existsSync(path)) writeFileSync(path, NOTE);
      }
    }
  } catch {
    // Another version, laid out otherwise: its install script then does what it does.
  }
}
