/** The connection of a statement was lost. */

/** What the app gets when its statement's connection was lost. */
export class LostStatementError extends Error {
  /** Always this. */
  override readonly name = "LostStatementError";
  /** Whether the statement may have run: nobody can know when the answer was lost. */
  readonly possiblyExecuted: boolean;

  /**
   * What the app is told.
   * @param cause why the connection was lost
   * @param possiblyExecuted whether the statement may have run
   */
  constructor(cause: unknown, possiblyExecuted: boolean) {
    super("The connection was lost.", { cause });
    this.possiblyExecuted = possiblyExecuted;
  }
}
