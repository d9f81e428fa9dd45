/** The users of a simulated server. */

/** A user and its rights. */
export interface SimulatedUser {
  /** Every password that lets it in, the primary one first. Nobody is let in without one. */
  readonly passwords: readonly string[];
  /** Whether it may log in (28000 otherwise). */
  readonly canLogin: boolean;
  /** Whether it may connect to the databases (42501 otherwise). */
  readonly canConnect: boolean;
  /** A superuser: makes users and sets the passwords of others, and has no twin. */
  readonly admin: boolean;
}

/** All users of a server at one moment. */
export type UserSnapshot = ReadonlyMap<string, SimulatedUser>;

/** A committed change, as a replica receives it. */
export interface UserChange {
  /** When it was committed, on the world's monotonic clock. */
  readonly atMs: number;
  /** In words. */
  readonly what: string;
  /** The users after it. */
  readonly users: UserSnapshot;
}

/** What a user has that nothing else was said about. */
export const newUser: SimulatedUser = Object.freeze({
  passwords: Object.freeze([]),
  canLogin: true,
  canConnect: true,
  admin: false,
});
