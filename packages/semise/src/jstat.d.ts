// The part of jStat (which brings no types) that we call.

declare module 'jstat' {
  const jStat: {
    mean(values: readonly number[]): number;
    sum(values: readonly number[]): number;
    /** Of the values themselves, or with n - 1, as of a sample. */
    variance(values: readonly number[], ofSample?: boolean): number;
    /** The square root of the variance. */
    stdev(values: readonly number[], ofSample?: boolean): number;
    readonly beta: {
      /** The value below which a Beta(a, b) lies with probability p. */
      inv(p: number, a: number, b: number): number;
    };
    readonly chisquare: {
      /** P(X <= x) of chi-square with these degrees of freedom. */
      cdf(x: number, degreesOfFreedom: number): number;
    };
    readonly normal: {
      /** P(X <= x) of the normal distribution. */
      cdf(x: number, mean: number, deviation: number): number;
      /** The quantile of the normal distribution. */
      inv(p: number, mean: number, deviation: number): number;
    };
    readonly studentt: {
      /** The quantile of Student's t with these degrees of freedom. */
      inv(p: number, degreesOfFreedom: number): number;
      /** P(T <= t) of Student's t with these degrees of freedom. */
      cdf(t: number, degreesOfFreedom: number): number;
    };
  };
  export default jStat;
}
