/** SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677) in PostgreSQL's notation. */

import { RekeyError } from "../../../core/errors.ts";
import type { Secret } from "../../../core/secret.ts";
import { preparePassword } from "./saslprep.ts";

/** PostgreSQL's default of `scram_iterations`, and the least that RFC 7677 (section 4) advises. */
const minimumIterations = 4096;
/** PostgreSQL reads the count into a C `int`. */
const maximumIterations = 2 ** 31 - 1;

/** How {@linkcode scramVerifier} hashes. */
export interface ScramVerifierOptions {
  /**
   * PBKDF2's iteration count, 4096 to 2147483647. Every login pays it.
   * @default {4096}
   */
  readonly iterations?: number;
  /**
   * The salt, not empty. Give one only to reproduce a known verifier.
   * @default 16 random bytes, as many as PostgreSQL takes
   */
  readonly salt?: Uint8Array;
}

/**
 * What PostgreSQL would store for `password`: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
 * `ALTER ROLE ... PASSWORD` takes it in place of the password, which then never crosses the wire
 * nor reaches the server's log or `pg_stat_statements`. The verifier lets nobody log in, but it
 * lets its holder guess the password offline and impersonate the server: treat it as a secret.
 *
 * A password that itself reads like a verifier is hashed like any other. PostgreSQL, given it in
 * the clear, would store it unhashed.
 *
 * @throws {RekeyError} `INVALID_SECRET` for an empty password, which PostgreSQL stores as none at
 * all, and for one with a NUL, which it cannot receive; `INVALID_OPTION` for an option out of range.
 *
 * @example With a fixed salt
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../../../core/secret.ts";
 * import { scramVerifier } from "./verifier.ts";
 *
 * const salt = new TextEncoder().encode("sixteen bytes ok");
 * const verifier = await scramVerifier(new Secret("pencil"), { salt });
 * assert.ok(verifier.startsWith("SCRAM-SHA-256$4096:c2l4dGVlbiBieXRlcyBvaw==$"));
 * ```
 */
export async function scramVerifier(
  password: Secret,
  options: ScramVerifierOptions = {},
): Promise<string> {
  const iterations = checkedIterations(options.iterations ?? minimumIterations);
  const salt = options.salt === undefined
    ? crypto.getRandomValues(new Uint8Array(16))
    : checkedSalt(options.salt);
  return await deriveVerifier(preparePassword(checkedPassword(password)), salt, iterations);
}

/** The verifier of an already prepared text, nothing checked: {@linkcode scramVerifier}'s arithmetic. */
export async function deriveVerifier(
  prepared: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<string> {
  const key = await crypto.subtle.importKey("raw", utf8(prepared), "PBKDF2", false, ["deriveBits"]);
  const salted = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    key,
    256,
  );
  const mac = { name: "HMAC", hash: "SHA-256" };
  const macKey = await crypto.subtle.importKey("raw", salted, mac, false, ["sign"]);
  const clientKey = await crypto.subtle.sign(mac, macKey, utf8("Client Key"));
  const storedKey = await crypto.subtle.digest("SHA-256", clientKey);
  const serverKey = await crypto.subtle.sign(mac, macKey, utf8("Server Key"));
  return `SCRAM-SHA-256$${iterations}:${base64(salt)}` +
    `$${base64(new Uint8Array(storedKey))}:${base64(new Uint8Array(serverKey))}`;
}

function checkedPassword(password: Secret): string {
  const text = password.reveal();
  const fault = text === ""
    ? "is empty"
    : text.includes("\0")
    ? "contains a NUL character"
    : undefined;
  if (fault === undefined) return text;
  throw new RekeyError(
    "INVALID_SECRET",
    `Cannot make a SCRAM verifier: the password ${fault}, and PostgreSQL has no such passwords.`,
    { field: "password" },
  );
}

function checkedIterations(iterations: number): number {
  if (
    Number.isInteger(iterations) && iterations >= minimumIterations &&
    iterations <= maximumIterations
  ) return iterations;
  throw new RekeyError(
    "INVALID_OPTION",
    `Cannot make a SCRAM verifier: iterations must be an integer from ${minimumIterations} ` +
      `(RFC 7677, section 4) to ${maximumIterations}, got ${iterations}.`,
  );
}

function checkedSalt(salt: Uint8Array): Uint8Array<ArrayBuffer> {
  // A copy: the caller may change its array while the hash is being computed.
  if (salt.length > 0) return Uint8Array.from(salt);
  throw new RekeyError(
    "INVALID_OPTION",
    "Cannot make a SCRAM verifier: salt must not be empty, got 0 bytes.",
  );
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
