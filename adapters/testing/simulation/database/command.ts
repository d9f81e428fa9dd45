/** What a session can be asked to do. */

import type { SimulatedSession } from "./session.ts";

/** A statement of an app's. */
export interface Statement {
  /** Under this name the server's ledger counts it. */
  readonly id: string;
  /** How long it takes on the server, in milliseconds. */
  readonly durationMs: number;
  /**
   * Whether it changes data: a replica refuses it.
   * @default {false}
   */
  readonly writes?: boolean;
}

/** Something that a session does at the end of its duration, at once and as a whole. */
export interface Command {
  /** How long it takes, in milliseconds. */
  readonly durationMs: number;
  /** Whether a replica refuses it. */
  readonly writes: boolean;
  /** Whether it is accepted in a transaction that has failed. */
  readonly endsTransaction: boolean;
  /**
   * Does it. What it returns goes to the client.
   * @throws whatever is to be the client's error
   */
  readonly run: (session: SimulatedSession) => unknown;
}

/** The command of a statement. */
export function executing({ id, durationMs, writes = false }: Statement): Command {
  const run = (session: SimulatedSession) => session.executed(id);
  return { durationMs, writes, endsTransaction: false, run };
}

/** A command that takes its time, and says itself what a replica refuses of it. */
export function working(durationMs: number, run: Command["run"]): Command {
  return { durationMs, writes: false, endsTransaction: false, run };
}

/** A command that changes users, and so is refused by a replica. */
export function changing(durationMs: number, run: Command["run"]): Command {
  return { ...working(durationMs, run), writes: true };
}

/** A command that needs nothing but a session. */
export function asking(run: Command["run"]): Command {
  return working(0, run);
}

/** A statement that does nothing. */
export const pinging: Command = asking(() => undefined);

/** From here on, statements take effect together. */
export const beginning: Command = asking((session) => session.begin());

/** They do. The client hears `commit`, or `rollback` when one of them had failed. */
export const committing: Command = {
  ...asking((session) => session.commit()),
  endsTransaction: true,
};

/** They do not. */
export const rollingBack: Command = {
  ...asking((session) => session.rollback()),
  endsTransaction: true,
};
