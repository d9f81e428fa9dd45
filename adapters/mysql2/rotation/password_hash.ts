/** What servers keep instead of a password, computed here so that the password does not travel. */

import { createHash } from "node:crypto";
import type { Secret } from "../../../core/secret.ts";

/** As `mysql_native_password` keeps it: SHA-1 of SHA-1, in hexadecimal digits. */
export function nativeHash(password: Secret): string {
  const once = createHash("sha1").update(password.reveal(), "utf8").digest();
  return `*${createHash("sha1").update(once).digest("hex").toUpperCase()}`;
}

/** In thousands. The least that the server takes: random passwords need no stretching. */
const thousands = 5;
const saltLength = 20;

/**
 * As `caching_sha2_password` keeps it: `$A$`, the rounds, the salt and the digest of SHA-crypt
 * (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6), with a longer salt.
 */
export function cachingSha2Hash(password: Secret): string {
  const random = crypto.getRandomValues(new Uint8Array(saltLength));
  const salt = Array.from(random, (byte) => digits[byte & 63]).join("");
  const rounds = thousands.toString(16).toUpperCase().padStart(3, "0");
  return `$A$${rounds}$${salt}${shaCrypt(password.reveal(), salt, thousands * 1_000)}`;
}

const digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The digest of SHA-crypt with SHA-256, in its own base 64. */
export function shaCrypt(password: string, salt: string, rounds: number): string {
  const encoder = new TextEncoder();
  const [key, salted] = [encoder.encode(password), encoder.encode(salt)];
  const twice = sha256(key, salted, key);
  const start = [key, salted, repeated(twice, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) start.push(bits & 1 ? twice : key);
  let digest = sha256(...start);
  const keys = repeated(sha256(...Array<Uint8Array>(key.length).fill(key)), key.length);
  const salts = repeated(
    sha256(...Array<Uint8Array>(16 + digest[0]!).fill(salted)),
    salted.length,
  );
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    digest = sha256(
      odd ? keys : digest,
      ...round % 3 === 0 ? [] : [salts],
      ...round % 7 === 0 ? [] : [keys],
      odd ? digest : keys,
    );
  }
  return inDigits(digest);
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function repeated(digest: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => digest[index % digest.length]!);
}

/** Three bytes become four digits, in the order that SHA-crypt takes them. */
function inDigits(digest: Uint8Array): string {
  let text = "";
  const put = (high: number, middle: number, low: number, count: number) => {
    let bits = (high << 16) | (middle << 8) | low;
    for (; count > 0; count--, bits >>= 6) text += digits[bits & 63];
  };
  let [a, b, c] = [0, 10, 20];
  for (let group = 0; group < 10; group++) {
    put(digest[a]!, digest[b]!, digest[c]!, 4);
    [a, b, c] = [c + 1, a + 1, b + 1];
  }
  put(0, digest[31]!, digest[30]!, 3);
  return text;
}
