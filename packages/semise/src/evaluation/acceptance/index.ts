// Acceptance limits, and the figures that they are set on.

export {
  drawFigures,
  FIGURE_ERRORS,
  FIGURES,
  type FigureDraws,
  type FigureKey,
  type FigureName,
  type FigureOptions,
  figureDifferences,
  figureEstimates,
  figureKey,
  figureKeys,
} from './figures.js';
export { type GradeMix, type GradeMixRow, gradeMix } from './grade-mix.js';
export {
  type AcceptanceLimits,
  type Limit,
  limitsHash,
  parseLimits,
  type Stamp,
} from './limits.js';
export {
  type AcceptanceVerdict,
  judge,
  judgeLimit,
  type LimitVerdict,
  type Reason,
} from './verdict.js';
