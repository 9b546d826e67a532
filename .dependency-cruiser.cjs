// The one-way data flow of the library, checked on every `npm test`:
// data -> views -> models + losses (a method) -> training -> tasks -> evaluation -> explanation ->
// report -> run ->
// benchmark -> cli.
// A folder imports only from those before it, and from @semise/autograd.
const FLOW = [
  'data',
  'views',
  'models',
  'losses',
  'methods',
  'training',
  'tasks',
  'evaluation',
  'explanation',
  'report',
  'run',
  'benchmark',
  'cli',
];
const later = (folder) => FLOW.slice(FLOW.indexOf(folder) + 1).join('|');

module.exports = {
  forbidden: [
    ...FLOW.slice(0, -1).map((folder) => ({
      name: `flow-${folder}`,
      severity: 'error',
      comment: `${folder}/ must not know what comes after it`,
      from: { path: `^packages/semise/src/${folder}/` },
      to: { path: `^packages/semise/src/(${later(folder)})/` },
    })),
    {
      name: 'autograd-knows-no-medicine',
      severity: 'error',
      from: { path: '^packages/autograd/' },
      to: { path: '^packages/semise/|node_modules/(sharp|zod|commander|echarts|preact)/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'the ops of autograd are excepted: the gradient of an op is made of other ops',
      from: {
        path: '^packages/[^/]+/src',
        pathNot: '^packages/autograd/src/(ops/|engine|worker|graph|emitter|blocked-form)',
      },
      to: { circular: true },
    },
    {
      name: 'tests-are-leaves',
      severity: 'error',
      from: { pathNot: '\\.test\\.tsx?$' },
      to: { path: '\\.test\\.tsx?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
};
