/** Sets a database up for rotation: an owner role, and the app's user as a member of it. */

import { systemClock } from "../../../core/clock.ts";
import { RekeyError } from "../../../core/errors.ts";
import type { RotationStore } from "../../../core/rotation/ports.ts";
import { parseSecretPayload, type SecretPayload } from "../../../core/secret_payload.ts";
import { classify } from "../classify.ts";
import { closeConnection, defaultPort, openSession } from "../driver/open.ts";
import type { DriverSql, PostgresFactory } from "../driver/port.ts";
import { quoteIdentifier } from "../identifier.ts";
import { scramVerifier } from "../scram/verifier.ts";
import { exclusive } from "./exclusive.ts";
import { closeGraceMs, engines } from "./session.ts";
import { withoutStatement } from "./without_statement.ts";

/** Options of {@linkcode bootstrap}. */
export interface BootstrapOptions {
  /** Where the secrets are. */
  readonly store: RotationStore;
  /** The app's secret; its current version says which user to create. */
  readonly secretId: string;
  /** The admin's secret; wins over the app secret's `masterarn`. */
  readonly adminSecretId?: string;
  /** The server, for an admin secret that names none. The admin secret's own host wins. */
  readonly endpoint?: { readonly host: string; readonly port?: number };
  /**
   * The role that will own the app's objects. It cannot log in.
   * @default {the username and "_owner"}
   */
  readonly ownerRole?: string;
  /**
   * Allows plaintext and unverified TLS beyond this machine.
   * @default {false}
   */
  readonly allowInsecureTransport?: boolean;
}

/** What {@linkcode bootstrap} found and made. */
export interface BootstrapResult {
  /** The app's user. */
  readonly username: string;
  /** The role that owns the app's objects. */
  readonly ownerRole: string;
  /** Whether the user was created; false when it was there already. */
  readonly created: boolean;
}

/**
 * Prepares the database that the factory names: creates the owner role and the app's user with the
 * password of its secret, makes the user act as the owner role from login on, and gives the owner
 * role CONNECT and TEMPORARY on the database and USAGE and CREATE on schema `public`. Every object
 * that the app creates then belongs to the owner role, so a twin sees the same things.
 *
 * Repeatable. A user that exists keeps its password: when that is not the secret's, nothing is
 * changed and an error says so.
 *
 * @param factory makes a postgres.js instance for the app's database
 * @throws {RekeyError} `INVALID_SECRET`, `INVALID_OPTION`, `INVALID_IDENTIFIER`,
 * `ROTATION_LOGIN_FAILED`, `ROTATION_UNKNOWN_VERSION`, `TLS_REQUIRED`
 *
 * @example
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import postgres from "postgres";
 * import { rotationStore } from "@rekey/orm/aws";
 * import { bootstrap } from "@rekey/orm/postgres";
 *
 * const prepare = () =>
 *   bootstrap((login) => postgres({ database: "app", ssl: "verify-full", ...login }), {
 *     store: rotationStore(new SecretsManager({ region: "eu-west-1" })),
 *     secretId: "prod/app-db",
 *     adminSecretId: "prod/admin-db",
 *   });
 * ```
 */
export async function bootstrap(
  factory: PostgresFactory,
  options: BootstrapOptions,
): Promise<BootstrapResult> {
  const app = await currentOf(options.store, options.secretId);
  const adminSecretId = options.adminSecretId ?? app.adminSecretId;
  if (adminSecretId === undefined) {
    throw new RekeyError(
      "INVALID_OPTION",
      "bootstrap needs an admin credential: give adminSecretId, or set masterarn in the secret.",
    );
  }
  const admin = await currentOf(options.store, adminSecretId);
  const ownerRole = options.ownerRole ?? `${app.username}_owner`;
  const [owner, user] = [quoteIdentifier(ownerRole), quoteIdentifier(app.username)];
  const verifier = await scramVerifier(app.password);
  // Never the app secret's host: whoever can write that one would be sent the admin's proof.
  const at = admin.host !== undefined ? admin : options.endpoint;
  if (at?.host === undefined) {
    throw new RekeyError(
      "INVALID_SECRET",
      "The admin secret names no host. Add host to it, or give the option endpoint.",
      { field: "host" },
    );
  }
  const { host, port = defaultPort } = at;
  const connect = (payload: SecretPayload) =>
    openSession(factory, {
      host,
      port,
      username: payload.username,
      password: payload.password,
    }, {
      clock: systemClock,
      timeoutMs: 10_000,
      allowInsecureTransport: options.allowInsecureTransport ?? false,
    });

  const opened = await connect(admin).catch((error) => {
    throw refused("admin", admin.username, error);
  });
  const { sql } = opened;
  try {
    await requireDatabase(sql, app.database);
    const exists = await roleExists(sql, app.username);
    if (exists) await requireLogin(connect, app);
    await withoutStatement(sql.begin(async (tx: DriverSql) => {
      // Every app's grants change the same entries for database and schema.
      await tx.unsafe(exclusive("bootstrap"));
      if (!await roleExists(tx, ownerRole)) await tx.unsafe(`create role ${owner} nologin`);
      if (!exists) await tx.unsafe(`create role ${user} login password '${verifier}'`);
      await tx.unsafe(`grant ${owner} to ${user}`);
      await tx.unsafe(`alter role ${user} set role to ${owner}`);
      const [row] = await tx.unsafe("select current_database() as name");
      const database = quoteIdentifier(String(row?.name));
      await tx.unsafe(`grant connect, temporary on database ${database} to ${owner}`);
      await tx.unsafe(`grant usage, create on schema public to ${owner}`);
    }));
    return Object.freeze({ username: app.username, ownerRole, created: !exists });
  } finally {
    await closeConnection(opened, closeGraceMs);
  }
}

async function currentOf(store: RotationStore, secretId: string): Promise<SecretPayload> {
  const version = await store.read(secretId, "current");
  if (version === undefined) {
    throw new RekeyError(
      "ROTATION_UNKNOWN_VERSION",
      `The secret "${secretId}" has no current version with a value. Store the credential first.`,
    );
  }
  return parseSecretPayload(version.value, { engines });
}

async function requireDatabase(sql: DriverSql, wanted: string | undefined): Promise<void> {
  const [row] = await sql.unsafe("select current_database() as name");
  if (wanted === undefined || row?.name === wanted) return;
  throw new RekeyError(
    "INVALID_OPTION",
    `The factory connects to the database "${row?.name}", but the secret's dbname is "${wanted}".`,
  );
}

async function roleExists(sql: DriverSql, name: string): Promise<boolean> {
  const quoted = quoteIdentifier(name);
  const [row] = await sql.unsafe(
    `select to_regrole(E'${
      quoted.replaceAll("\\", "\\\\").replaceAll("'", "''")
    }') is not null as found`,
  );
  return row?.found === true;
}

async function requireLogin(
  connect: (payload: SecretPayload) => ReturnType<typeof openSession>,
  app: SecretPayload,
): Promise<void> {
  const opened = await connect(app).catch((error) => {
    throw refused("app's", app.username, error);
  });
  await closeConnection(opened, closeGraceMs);
}

function refused(whose: string, username: string, error: unknown): unknown {
  const { kind, code } = classify(error);
  if (kind !== "auth") return error;
  return new RekeyError(
    "ROTATION_LOGIN_FAILED",
    `The ${whose} user "${username}" exists and its secret's password was refused with ${code}. ` +
      `Nothing was changed. Make secret and database agree, then repeat.`,
  );
}
