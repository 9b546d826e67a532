export { bradleyTerry, type PairAnswer, worseThan } from './bradley-terry.js';
export {
  type Asked,
  type ComparedImage,
  type ComparisonCheck,
  checkComparisons,
  type Doubt,
  type RaterConsistency,
  SURE,
} from './comparison-check.js';
export { type Arrow, cyclicGroups, shortestCycles } from './comparison-graph.js';
export {
  type ConfidentJoint,
  confidentJoint,
  gradesGained,
  type Judged,
  type Suspect,
  suspectedGrades,
} from './confident-learning.js';
export {
  checkGrades,
  type GradeCheck,
  type GradeCheckOptions,
  type GradeSuspect,
  type Judge,
  type Judgement,
  type KnownImage,
} from './grade-check.js';
export { heldOutProbabilities, subjectFolds } from './probe.js';
export { type Reason, type Relabel, type RelabelSources, relabelList } from './relabel.js';
export { type Share, share } from './share.js';
