// Many trainings compared: a grid of data sets, label budgets, comparisons, methods and seeds.

export {
  type BenchmarkHooks,
  type BenchmarkOptions,
  type BenchmarkResult,
  runBenchmark,
} from './benchmark.js';
export { type Cell, describeCell, type Only, parseOnly } from './cells.js';
export { type Grid, readGrid } from './grid.js';
export { ROW_METRICS, type Row, readRows } from './rows.js';
export { type Verified, verifyRows } from './verify.js';
