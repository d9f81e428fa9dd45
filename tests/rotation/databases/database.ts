/** What the rotator's tests ask of a database server, whichever it is. */

import type { LoginOutcome, RotationStore, RotationTarget } from "../../../core/rotation/mod.ts";
import type { Secret } from "../../../core/secret.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A running server. `S` is the kind of thing that tests of one database alone use. */
export interface TestDatabase<S = unknown> extends AsyncDisposable {
  readonly server: S;
  readonly at: Address;
  readonly superuser: { readonly user: string; readonly password: string };
  /** In secrets. */
  readonly engine: string;
  /** The target of a user who reads the documentation. */
  readonly target: RotationTarget;
  /** The code of a refused credential. */
  readonly refusal: string;
  /** A user as the documentation tells to make one, with rights that alternating users can share. */
  createApp(app: AppUser): Promise<void>;
  /** A user with a password and nothing else. */
  createUser(user: string, password: string): Promise<void>;
  /** As an administrator does it by hand. */
  setPassword(user: string, password: string): Promise<void>;
  /** Makes it a user who may do anything. */
  makeAdministrator(user: string): Promise<void>;
  /** Gives a user something that the app's users do not have. */
  grantMore(user: string): Promise<void>;
  /** Takes a right away that the app's users have. */
  takeAway(user: string): Promise<void>;
  /** How a login ends: "ok", or the code of the refusal. */
  loginCode(at: Address, user: string, password: string): Promise<string>;
  /** What the server keeps of a user's password, undefined when there is no such user. */
  verifier(user: string): Promise<string | undefined>;
  /** What makes two users equal, read from the server's own tables. */
  rights(user: string): Promise<unknown>;
  /** In how many places of its logs, of whatever kind, a text stands. */
  logged(text: string): Promise<number>;
  /** Sends a statement that holds a text which the server does not know to be a secret. */
  sendInTheClear(text: string): Promise<void>;
  /** Starts another server of the same kind. */
  another(): Promise<TestDatabase>;
  /** The same server, started again. */
  restart(): Promise<void>;
}

export interface AppUser {
  readonly user: string;
  readonly password: string;
  readonly store: RotationStore;
  readonly secretId: string;
}

/** Kinds of servers. */
export interface DatabaseKind<S = unknown> {
  readonly name: string;
  /** Whether a replica can tell a user without rights which server it follows. */
  readonly knowsItsPrimary: boolean;
  /** Whether a user can have two passwords. */
  readonly hasSecondPasswords: boolean;
  start(): Promise<TestDatabase<S>>;
}

/** Logs in by the target, or says why not. */
export function logIn(
  { target, at }: Pick<TestDatabase, "target" | "at">,
  username: string,
  password: Secret,
): Promise<LoginOutcome> {
  return target.login({ ...at, username, password });
}
