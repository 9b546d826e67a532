// A few tensors computed a single time, for what is not worth a runnable of its own.

import { compile, type Tensor } from './compile.js';
import type { Engine, Feeds, Results } from './engine.js';

/** Compiles, loads, runs and releases. Variables keep what an earlier run or `engine.write` left in them. */
export async function runOnce(
  engine: Engine,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Feeds = {},
): Promise<Results> {
  const runnable = await engine.load(compile({ outputs, provider: engine.provider }));
  try {
    return await runnable.run(feeds);
  } finally {
    await runnable.release();
  }
}
