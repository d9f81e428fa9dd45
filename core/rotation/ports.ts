/** What the rotator needs of a secret store and of a database. */

import type { Secret } from "../secret.ts";
import type { VersionStage } from "../credential.ts";
import type { SecretVersion } from "../source.ts";

/** A secret's rotation state, as a store describes it. */
export interface SecretDescription {
  /** Whether the store is set up to rotate this secret. */
  readonly rotationEnabled: boolean;
  /** Every version that has a stage, and its stages. */
  readonly stages: ReadonlyMap<string, readonly VersionStage[]>;
}

/** A store of versioned secrets, as the rotator uses it. Adapters: `@rekey/orm/aws`. */
export interface RotationStore {
  /** The versions and their stages. */
  describe(secretId: string): Promise<SecretDescription>;
  /** The version under `stage`; undefined when there is none, or none with a value yet. */
  read(secretId: string, stage: VersionStage): Promise<SecretVersion | undefined>;
  /**
   * Stores `value` as version `versionId` under the stage pending.
   * @returns `exists` when that version already holds another value, which stays
   */
  putPending(
    secretId: string,
    versionId: string,
    value: Secret,
    rotationToken?: Secret,
  ): Promise<"stored" | "exists">;
  /** Moves the stage current from one version to another; the one it leaves becomes previous. */
  promote(secretId: string, toVersionId: string, fromVersionId: string): Promise<void>;
  /** Takes the stage pending off a version. */
  clearPending(secretId: string, versionId: string): Promise<void>;
  /** A new random password of 32 characters. */
  generatePassword(): Promise<Secret>;
}

/** Where and as whom to log in. */
export interface TargetLogin {
  /** Host name or address of the server. */
  readonly host: string;
  /** Port of the server; the database's usual one when missing. */
  readonly port: number | undefined;
  /** The database user. */
  readonly username: string;
  /** The password. */
  readonly password: Secret;
}

/** How a login ended: with a session, or refused for the credential's sake. */
export type LoginOutcome =
  | { readonly accepted: true; readonly session: TargetSession }
  | { readonly accepted: false; readonly code: string };

/** How long a username may be: PostgreSQL counts bytes of UTF-8, MySQL and MariaDB characters. */
export interface UsernameLimit {
  /** The most that fits. */
  readonly max: number;
  /** What is counted. */
  readonly unit: "bytes" | "characters";
}

/** A database whose credentials can be rotated. Adapters: `@rekey/orm/postgres`, `@rekey/orm/mysql2`. */
export interface RotationTarget {
  /** The engine names of RDS secrets that this target can rotate. */
  readonly engines: readonly string[];
  /** The longest username that the database holds. */
  readonly usernameLimit: UsernameLimit;
  /**
   * Whether the server may lock a user after refused logins in a row. One that it lets in ends the
   * row.
   * @default {false}
   */
  readonly countsRefusals?: boolean;
  /**
   * Logs in. A refused credential is an outcome; everything else (no server, no TLS, no such
   * database) is thrown.
   */
  login(login: TargetLogin): Promise<LoginOutcome>;
}

/** Which server a session is on. */
export interface ServerIdentity {
  /**
   * The same for everything that was restored from one server's backups; on PostgreSQL also for its
   * standbys.
   */
  readonly cluster: string;
  /** Different for every running server. */
  readonly instance: string;
  /** Whether it follows a primary. */
  readonly standby: boolean;
  /** The clusters whose changes it has applied, where a standby is known by these. */
  readonly follows?: readonly string[];
}

/** A logged-in session of the rotator. */
export interface TargetSession {
  /** Runs a statement that needs nothing but a session. */
  ping(): Promise<void>;
  /**
   * Sets the password of `username`, who is the user of this session. Where a user can have a second
   * password, that one stays.
   */
  setOwnPassword(username: string, password: Secret): Promise<void>;
  /**
   * Sets the password of `username`, who is the user of this session, and lets `current` log in
   * beside it. Fails, and changes nothing, unless `current` is the user's primary password then.
   * Missing where a user can have but one password.
   */
  retainOwnPassword?(username: string, current: Secret, password: Secret): Promise<void>;
  /**
   * Takes away the password that `username`, who is the user of this session, has beside `current`,
   * if any. Fails, and changes nothing, unless `current` is the user's primary password then.
   * Missing where a user can have but one password.
   */
  discardOldPassword?(username: string, current: Secret): Promise<void>;
  /**
   * Makes `twin` a user with the same rights as `username` and with this password. Nobody can log in
   * as a twin that has no rights yet.
   */
  provisionTwin(username: string, twin: string, password: Secret): Promise<void>;
  /** Says which server this is, so that two hosts can be told to be one. */
  identify(): Promise<ServerIdentity>;
  /** Ends the session. Never throws. */
  close(): Promise<void>;
}
