// The part of jStat (which brings no types) that we call.

declare module 'jstat' {
  const jStat: {
    readonly studentt: {
      /** P(T <= t) of Student's t with these degrees of freedom. */
      cdf(t: number, degreesOfFreedom: number): number;
    };
  };
  export default jStat;
}
