/** The value of a secret as Secrets Manager keeps it for RDS: parsed, validated, re-written. */

import { RekeyError } from "./errors.ts";
import { Secret } from "./secret.ts";

/** Secrets Manager holds at most 65,536 bytes in a version. */
const maxLength = 65_536;

const knownEngines = ["postgres", "aurora-postgresql", "mysql", "aurora-mysql", "mariadb"];

/** A validated database secret. Fields that this package does not know are left out here. */
export interface SecretPayload {
  /** The database user. */
  readonly username: string;
  /** The password; never printed. */
  readonly password: Secret;
  /** One of RDS's engine names, such as `postgres`, when the secret names one. */
  readonly engine?: string;
  /** The server's host, when the secret names one. */
  readonly host?: string;
  /** The server's port, when the secret names one. */
  readonly port?: number;
  /** The database (`dbname`), when the secret names one. */
  readonly database?: string;
  /** The secret of the admin credential (`masterarn`), when the secret names one. */
  readonly adminSecretId?: string;
  /** Whether the secret asks for TLS (`ssl`), when it says. */
  readonly ssl?: boolean;
}

/** What {@linkcode parseSecretPayload} demands besides a username and a password. */
export interface ParseOptions {
  /**
   * Engine names that the reader can use. A secret that names another one is refused; one that
   * names none passes, as RDS-managed secrets do.
   * @default {every engine RDS knows}
   */
  readonly engines?: readonly string[];
}

/**
 * Reads the JSON of a database secret.
 *
 * @param value the text or the bytes of the secret
 * @throws {RekeyError} `INVALID_SECRET`, with the name of the wrong field, never its value
 *
 * @example
 * ```ts
 * import { parseSecretPayload } from "@rekey/orm";
 * import assert from "node:assert/strict";
 *
 * const payload = parseSecretPayload('{"username":"app","password":"s3cret","port":"5432"}');
 * assert.equal(payload.port, 5432);
 * ```
 */
export function parseSecretPayload(
  value: Secret | string | Uint8Array,
  options: ParseOptions = {},
): SecretPayload {
  const fields = parseFields(value);
  const engines = options.engines ?? knownEngines;
  const engine = text(fields, "engine");
  if (engine !== undefined && !engines.includes(engine)) {
    throw invalid("engine", `is none of ${engines.join(", ")}`);
  }
  const host = text(fields, "host");
  const port = portOf(fields.port);
  const database = text(fields, "dbname");
  const adminSecretId = text(fields, "masterarn");
  const ssl = flag(fields.ssl);
  return Object.freeze({
    username: required(fields, "username"),
    password: new Secret(required(fields, "password")),
    ...engine !== undefined && { engine },
    ...host !== undefined && { host },
    ...port !== undefined && { port },
    ...database !== undefined && { database },
    ...adminSecretId !== undefined && { adminSecretId },
    ...ssl !== undefined && { ssl },
  });
}

/** The same secret with another login; every other field stays as it is. */
export function replaceLogin(value: Secret, username: string, password: Secret): Secret {
  const fields = parseFields(value);
  return new Secret(JSON.stringify({ ...fields, username, password: password.reveal() }));
}

function parseFields(value: Secret | string | Uint8Array): Record<string, unknown> {
  const json = Secret.is(value) ? value.reveal() : decode(value as string | Uint8Array);
  if (json.length > maxLength) {
    throw invalid(undefined, `is longer than ${maxLength} characters`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // No cause: JSON.parse quotes its input.
    throw invalid(undefined, "is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw invalid(undefined, "is not a JSON object");
  }
  return parsed as Record<string, unknown>;
}

function decode(value: string | Uint8Array): string {
  if (typeof value === "string") return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch {
    throw invalid(undefined, "is not UTF-8");
  }
}

function required(fields: Record<string, unknown>, name: string): string {
  const found = text(fields, name);
  if (found === undefined) throw invalid(name, "is missing or empty");
  return found;
}

function text(fields: Record<string, unknown>, name: string): string | undefined {
  const found = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (found === undefined || found === null) return undefined;
  if (typeof found !== "string") throw invalid(name, "is not a string");
  // The console writes "" for a field left blank.
  if (found === "") return undefined;
  // A NUL ends the string on the wire of every database: the login would be another one.
  if (found.includes("\0")) throw invalid(name, "holds a NUL character");
  return found;
}

function portOf(found: unknown): number | undefined {
  if (found === undefined || found === null) return undefined;
  const port = typeof found === "string" && /^\d{1,5}$/.test(found) ? Number(found) : found;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid("port", "is not a whole number from 1 to 65535");
  }
  return port;
}

function flag(found: unknown): boolean | undefined {
  if (found === undefined || found === null) return undefined;
  if (found === true || found === "true") return true;
  if (found === false || found === "false") return false;
  throw invalid("ssl", "is neither true nor false");
}

function invalid(field: string | undefined, fault: string): RekeyError {
  const subject = field === undefined ? "The value" : `The field "${field}"`;
  return new RekeyError(
    "INVALID_SECRET",
    `${subject} of the database secret ${fault}. Expected JSON with username, password and, ` +
      `optionally, engine, host, port, dbname, ssl, masterarn.`,
    field === undefined ? {} : { field },
  );
}
