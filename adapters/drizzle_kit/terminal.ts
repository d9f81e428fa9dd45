/** The terminal that the runner has, as drizzle-kit sees it. */

/** Its size. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Makes a stream that is a pipe to the runner say that it is a terminal: what is written to it
 * reaches one. drizzle-kit asks no question otherwise.
 */
export function pretendTerminal(stream: object, { columns, rows }: TerminalSize): void {
  // Deno's streams have getters of these names.
  for (const [name, value] of Object.entries({ isTTY: true, columns, rows })) {
    Object.defineProperty(stream, name, { value, configurable: true, writable: true });
  }
}
