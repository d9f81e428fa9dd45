/** A bug that is planted on purpose, to see whether the simulation notices. */

/** A small change of the published code that breaks a promise. */
export interface Bug {
  /** What the code does wrong, in plain words. */
  readonly name: string;
  /** The file, from the root of the repository. */
  readonly file: string;
  /** What is replaced. Must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The numbers of the properties that may notice it. */
  readonly expected: readonly number[];
}
