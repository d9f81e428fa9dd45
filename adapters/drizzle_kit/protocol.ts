/** What the configuration, the runner and the agent say to one another: a line of JSON each. */

/** A credential is wanted: said to the agent on its standard input, and to the runner. */
export interface CredentialRequest {
  /** The URL of the module that exports the provider. */
  readonly module: string;
  /** Versions that the server has refused. */
  readonly refused: readonly string[];
  /** Stay, and tell when another version becomes current, until standard input ends. */
  readonly watch: boolean;
}

/** What the agent found. */
export interface AgentCredential {
  readonly versionId: string;
  readonly stage: string;
  readonly username: string;
  readonly password: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
}

/** What the agent says. */
export type AgentMessage =
  | { readonly type: "credential"; readonly credential: AgentCredential }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "changed" };

/** What went wrong in drizzle-kit, as far as it was seen from inside. */
export interface KitFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly errno?: number;
  readonly severity?: string;
  /** Whether a statement had been sent: then it was no login that failed. */
  readonly hasStatement: boolean;
}

/** What is said to the runner from inside drizzle-kit. */
export type KitMessage =
  | { readonly type: "request"; readonly module: string }
  | { readonly type: "failure"; readonly failure: KitFailure };

/** Set for a drizzle-kit that the runner has started: JSON of the terminal's size, or `null`. */
export const runnerVariable = "REKEY_DRIZZLE_KIT_RUNNER";

/**
 * The pipes between the runner and the drizzle-kit that it starts. Whoever may read a process's
 * environment or arguments cannot read these.
 */
export const toRunner = 3, fromRunner = 4;

/** Tells the agent's lines from what the user's module prints. */
const mark = "\u001erekey ";

/** A line of the agent. */
export function encodeMessage(message: AgentMessage): string {
  return `${mark}${JSON.stringify(message)}\n`;
}

/** The message of a line, if it is one. */
export function decodeMessage(line: string): AgentMessage | undefined {
  // What the module printed last may not have ended its line.
  const start = line.indexOf(mark);
  return start < 0 ? undefined : JSON.parse(line.slice(start + mark.length));
}

/** Takes complete lines out of text that comes in pieces. */
export class Lines {
  #rest = "";

  /** The lines that this piece completes. */
  push(piece: string): string[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop()!;
    return lines;
  }
}
