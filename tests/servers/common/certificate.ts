/** Certificate authorities and server certificates for tests (RFC 5280), with no openssl needed. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  type Der,
  der,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  utcTime,
  utf8String,
} from "./der.ts";

/** A server's certificate and its private key, both as PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that signs server certificates. */
export interface CertificateAuthority {
  /** Its own certificate as PEM, for a client's `ca` option. */
  readonly certificate: string;
  /** Signs a certificate for these DNS names. */
  issue(names: readonly string[]): ServerCertificate;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const KEY_CERT_SIGN = bitString(Uint8Array.of(0b00000100), 2);
const DIGITAL_SIGNATURE = bitString(Uint8Array.of(0b10000000), 7);
const SERVER_AUTH = objectIdentifier("1.3.6.1.5.5.7.3.1");

/** A new authority, unrelated to every other one. Nothing of it is stored. */
export function createCertificateAuthority(name: string): CertificateAuthority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { name, privateKey: keys.privateKey };
  return {
    certificate: signedCertificate(issuer, name, keys.publicKey, [
      extension("2.5.29.19", sequence(boolean(true)), "critical"),
      extension("2.5.29.15", KEY_CERT_SIGN, "critical"),
    ]),
    issue(names) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const dnsNames = names.map((dnsName) => der(0x82, new TextEncoder().encode(dnsName)));
      const certificate = signedCertificate(issuer, names[0] ?? "unnamed", publicKey, [
        extension("2.5.29.17", sequence(...dnsNames)),
        extension("2.5.29.15", DIGITAL_SIGNATURE, "critical"),
        extension("2.5.29.37", sequence(SERVER_AUTH)),
      ]);
      return {
        certificate,
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

function signedCertificate(
  issuer: { readonly name: string; readonly privateKey: KeyObject },
  subject: string,
  publicKey: KeyObject,
  extensions: readonly Der[],
): string {
  const now = Date.now();
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    // A serial number is positive and its first byte must carry something.
    integer(0x01, ...randomBytes(15)),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    sequence(utcTime(new Date(now - DAY_MS)), utcTime(new Date(now + 30 * DAY_MS))),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, issuer.privateKey);
  return pem("CERTIFICATE", sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature)));
}

function commonName(name: string): Der {
  return sequence(der(0x31, sequence(objectIdentifier("2.5.4.3"), utf8String(name))));
}

function extension(identifier: string, value: Der, critical?: "critical"): Der {
  const marker = critical === undefined ? [] : [boolean(true)];
  return sequence(objectIdentifier(identifier), ...marker, octetString(value));
}
