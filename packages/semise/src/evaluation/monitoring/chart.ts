// The chart over time: a slow drift stays below the limit of every single batch, and shows in their
// exponentially weighted moving average (EWMA: Roberts, 1959; Montgomery, Introduction to Statistical
// Quality Control, section 9.2).

import jStat from 'jstat';

/** What a batch gives to the chart. */
export interface ChartPoint {
  /** Its normal deviate. */
  readonly z: number;
  readonly subjects: number;
}

/** The weight of the newest batch: about the last nine count. */
const NEWEST = 0.2;

/**
 * The average after each batch, over its control limit: above 1 is an alarm. Starts from 0.
 *
 * All batches are compared with the same reference, whose own chance deviation is in each of them: of
 * the variance of a difference of means its part is r = n / (n + N), with n subjects in the batch and N
 * in the reference. The deviates have no direction, so that two hang together by r² (exactly so for
 * squared differences). The limit allows for it: a quiet batch alarms no more often than stated.
 *
 * @param falseAlarms how often the chart may alarm at a batch without drift
 */
export function ewmaChart(
  points: readonly ChartPoint[],
  referenceSubjects: number,
  falseAlarms: number,
): number[] {
  const quantile = jStat.normal.inv(1 - falseAlarms, 0, 1);
  let average = 0;
  /** Of the average: its part that the reference has in common, as a deviation, and its own variance. */
  let common = 0;
  let own = 0;
  return points.map(({ z, subjects }) => {
    const part = subjects / (subjects + referenceSubjects);
    average = NEWEST * z + (1 - NEWEST) * average;
    common = NEWEST * part + (1 - NEWEST) * common;
    own = NEWEST ** 2 * (1 - part ** 2) + (1 - NEWEST) ** 2 * own;
    return average / (quantile * Math.sqrt(common ** 2 + own));
  });
}
