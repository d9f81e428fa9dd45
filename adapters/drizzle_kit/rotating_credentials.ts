/** `dbCredentials` for drizzle.config.ts. */

import { isIP } from "node:net";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isLoopback } from "../../core/client/server.ts";
import { namesServer, verifies } from "../../core/client/tls.ts";
import { RekeyError } from "../../core/errors.ts";
import { askForCredential, hasRunner, tellRunner } from "./ask.ts";
import { runnerVariable } from "./protocol.ts";
import { pretendTerminal, type TerminalSize } from "./terminal.ts";
import { watchFailures } from "./witness.ts";

/** Options of {@linkcode rotatingCredentials}. */
export interface RotatingCredentialsOptions<S = undefined> {
  /**
   * The database.
   * @default {the one that the secret names}
   */
  readonly database?: string;
  /**
   * The server's host.
   * @default {the client's, when the module exports one that was given a host; else the secret's}
   */
  readonly host?: string;
  /**
   * The server's port.
   * @default {the client's or the secret's, as the host; else the database's usual one}
   */
  readonly port?: number;
  /** What drizzle-kit takes as `ssl`. */
  readonly ssl?: S;
  /**
   * Allows plaintext and unverified TLS beyond this machine.
   * @default {false}
   */
  readonly allowInsecureTransport?: boolean;
  /**
   * For how long the secret is waited for, in milliseconds. The runner waits for as long as the
   * client and the provider do.
   * @default {30000}
   */
  readonly timeoutMs?: number;
}

/** What drizzle-kit takes as `dbCredentials`. */
export interface DrizzleCredentials<S = undefined> {
  /** The server's host. */
  readonly host: string;
  /** The server's port. */
  readonly port?: number;
  /** The database user. */
  readonly user: string;
  /** The password; read when it is needed. */
  readonly password: string;
  /** The database. */
  readonly database: string;
  /** As it was given. */
  readonly ssl: S;
}

/**
 * The `dbCredentials` of a drizzle.config.ts, for PostgreSQL and MySQL, drizzle-kit 0.31 and 1.0.
 *
 * `module` is a file of yours that exports what `credentialProvider` returned. When it exports the
 * app's rotating client too, that one logs in first, and drizzle-kit gets the credential that the
 * server accepted: also while a rotation is between "changed in the database" and "current in the
 * store". Without one drizzle-kit gets the store's current credential.
 *
 * Nothing is read before drizzle-kit reads one of the fields; `generate` of 0.31 never does. The
 * module runs in a process of its own, because 0.31 takes no promise.
 *
 * Gotchas:
 * - drizzle-kit keeps of MySQL's `ssl` only what its own schema lists, and `verifyIdentity` is not
 *   in it: the certificate is checked, and that it is the one of this host is not.
 * - `password` has to be a field that can be read, because drizzle-kit copies the object. It is a
 *   getter, so `console.log` shows none; `JSON.stringify` would.
 *
 * @param module a path, relative to the working directory as every path in drizzle.config.ts, or a
 * `file:` URL
 * @throws {RekeyError} when a field is read: `SOURCE_FAILED`, `TLS_REQUIRED`, `INVALID_SECRET`
 *
 * @example drizzle.config.ts
 * ```ts
 * import { rotatingCredentials } from "@rekey/orm/drizzle-kit";
 *
 * const config = {
 *   dialect: "postgresql",
 *   schema: "./db/schema.ts",
 *   out: "./drizzle",
 *   dbCredentials: rotatingCredentials("./db/client.ts", { database: "app", ssl: "verify-full" }),
 * };
 * // export default config, or defineConfig(config) of drizzle-kit
 * ```
 */
export function rotatingCredentials<const S = undefined>(
  module: string | URL,
  options: RotatingCredentialsOptions<S> = {},
): DrizzleCredentials<S> {
  const { ssl, timeoutMs = 30_000 } = options;
  const url = moduleUrl(module);
  listenToRunner();
  let found: Omit<DrizzleCredentials, "ssl"> | undefined;
  const credential = () => found ??= fetchCredential(url, timeoutMs, options);
  return {
    get host() {
      return credential().host;
    },
    get port() {
      return credential().port as number;
    },
    get user() {
      return credential().user;
    },
    get password() {
      return credential().password;
    },
    get database() {
      return credential().database;
    },
    ssl: ssl as S,
  };
}

function fetchCredential(
  url: string,
  timeoutMs: number,
  options: RotatingCredentialsOptions<unknown>,
): Omit<DrizzleCredentials, "ssl"> {
  const credential = askForCredential(url, timeoutMs);
  const { host = credential.host, database = credential.database } = options;
  const port = options.port ?? (options.host === undefined ? credential.port : undefined);
  if (host === undefined) throw missing("host");
  if (database === undefined) throw missing("database");
  assertProtected(host, options);
  const { username: user, password } = credential;
  return { host, user, password, database, ...port !== undefined && { port } };
}

/** Refuses options under which a password proof or a row could be read or changed on the way. */
function assertProtected(
  host: string,
  { ssl, allowInsecureTransport = false }: RotatingCredentialsOptions<unknown>,
): void {
  if (allowInsecureTransport || isLoopback(host)) return;
  // For an address postgres.js gives TLS no name, and the certificate is checked for "localhost".
  const isNamed = isIP(host) === 0 || namesServer(ssl);
  if (verifies(ssl) && isNamed) return;
  throw new RekeyError(
    "TLS_REQUIRED",
    `The connection of drizzle-kit to ${host} would not be protected: ` +
      (verifies(ssl)
        ? `the certificate would not be checked for that address. Connect by the server's name, or ` +
          `say what to check for: ssl: { ca, servername }`
        : `give rotatingCredentials ssl: "verify-full" or ssl: { ca } on PostgreSQL, ssl: { ca } ` +
          `on MySQL`) +
      `; or accept the risk with allowInsecureTransport: true.`,
  );
}

function missing(field: "host" | "database"): RekeyError {
  return new RekeyError(
    "INVALID_SECRET",
    `The secret names no ${field}, and no option does. Give rotatingCredentials the option ${field}.`,
    { field },
  );
}

function moduleUrl(module: string | URL): string {
  const given = String(module);
  if (given.startsWith("file:")) return given;
  if (given === "" || /^[a-z]{2,}:/i.test(given)) {
    throw new RekeyError(
      "INVALID_OPTION",
      `The module is ${JSON.stringify(given)}: name a file, relative to the working directory.`,
    );
  }
  return pathToFileURL(resolve(given)).href;
}

let listening = false;

/** Under our runner, standard output is a pipe: what was on it otherwise is a terminal again. */
function listenToRunner(): void {
  if (listening || !hasRunner()) return;
  listening = true;
  const terminal = JSON.parse(process.env[runnerVariable]!) as TerminalSize | null;
  if (terminal !== null) pretendTerminal(process.stdout, terminal);
  watchFailures((failure) => tellRunner({ type: "failure", failure }));
}
