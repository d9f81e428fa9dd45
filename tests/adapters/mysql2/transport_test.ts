/** Which options protect a connection. The driver reads them; nothing is connected. */

import assert from "node:assert/strict";
import mysql from "mysql2/promise";
import { corePool, type DriverConfig } from "../../../adapters/mysql2/driver/port.ts";
import { protect } from "../../../adapters/mysql2/driver/transport.ts";

/** The options as the driver itself understands them. */
function optionsOf(host: string, options: mysql.PoolOptions = {}): DriverConfig {
  return corePool(mysql.createPool({ host, user: "app", ...options })).config.connectionConfig;
}

const unverified: NonNullable<mysql.PoolOptions["ssl"]>[] = [
  { rejectUnauthorized: false },
  { ca: "PEM", rejectUnauthorized: false },
  { ca: "PEM", verifyIdentity: false },
  // As in options that come from JSON or the environment; the driver takes each of them for off.
  ...[null, 0, "", Number.NaN].map((off) => ({ verifyIdentity: off as unknown as boolean })),
];
const verified: NonNullable<mysql.PoolOptions["ssl"]>[] = [
  {},
  { ca: "PEM" },
  { rejectUnauthorized: true },
  { ca: "PEM", verifyIdentity: true },
  // A profile of the driver.
  "Amazon RDS",
];

Deno.test("beyond this machine, only TLS that verifies certificate and name is protection", () => {
  for (const ssl of verified) {
    const options = optionsOf("db.internal", { ssl });
    protect(options, false);
    // The driver checks no name unless this says so.
    assert.equal((options.ssl as { verifyIdentity?: boolean }).verifyIdentity, true);
  }
  for (const ssl of [undefined, ...unverified]) {
    assert.throws(
      () => protect(optionsOf("db.internal", { ...ssl && { ssl } }), false),
      { name: "RekeyError", code: "TLS_REQUIRED", message: /db\.internal.*allowInsecureTransport/ },
    );
  }
});

Deno.test("the error says what is wrong with the option ssl", () => {
  const messageOf = (ssl?: mysql.PoolOptions["ssl"]) => {
    try {
      protect(optionsOf("db.internal", { ...ssl && { ssl } }), false);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("It was accepted.");
  };
  assert.match(messageOf(), /ssl is off/);
  assert.match(messageOf({ rejectUnauthorized: false }), /accepts any certificate/);
  assert.match(messageOf({ verifyIdentity: false }), /certificate of any host/);
});

Deno.test("certificates that are replaced in the user's own options count from then on", () => {
  const ssl = { ca: "PEM" } as Record<string, unknown>;
  const options = optionsOf("db.internal");
  options.ssl = ssl;
  protect(options, false);
  ssl["ca"] = "another PEM";
  ssl["key"] = "KEY";
  const { ca, key } = options.ssl as { ca: string; key: string };
  assert.deepEqual({ ca, key }, { ca: "another PEM", key: "KEY" });
});

Deno.test("the user's own options stay as they are, and one object gives one copy", () => {
  const ssl = Object.freeze({ ca: "PEM" });
  const first = optionsOf("db.internal");
  const second = optionsOf("db.internal");
  first.ssl = second.ssl = ssl;
  protect(first, false);
  protect(second, false);
  assert.deepEqual(ssl, { ca: "PEM" });
  assert.equal(first.ssl, second.ssl);
});

Deno.test("a path that does not leave this machine needs no TLS", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.10", "::1"]) {
    protect(optionsOf(host), false);
    for (const ssl of [...unverified, ...verified]) protect(optionsOf(host, { ssl }), false);
  }
  protect(optionsOf("db.internal", { socketPath: "/run/mysqld/mysqld.sock" }), false);
});

Deno.test("on this machine, too, a name is checked where there is TLS and nobody forbids it", () => {
  const options = optionsOf("localhost", { ssl: { ca: "PEM" } });
  protect(options, false);
  assert.equal((options.ssl as { verifyIdentity?: boolean }).verifyIdentity, true);
});

Deno.test("names that only look like this machine are not", () => {
  const others = [
    "localhost.example.com",
    "127.0.0.1.example.com",
    "127.example.com",
    "128.0.0.1",
    "0.0.0.0",
    "notlocalhost",
    "::2",
    "10.0.0.1",
  ];
  for (const host of others) {
    assert.throws(() => protect(optionsOf(host), false), { code: "TLS_REQUIRED" }, host);
  }
});

Deno.test("an address is refused: the driver gives TLS no name to check", () => {
  for (const host of ["10.0.0.5", "203.0.113.9", "2001:db8::5"]) {
    for (const ssl of verified) {
      assert.throws(
        () => protect(optionsOf(host, { ssl }), false),
        { code: "TLS_REQUIRED", message: /not checked for an address/ },
      );
    }
  }
});

Deno.test("the risk can be accepted", () => {
  protect(optionsOf("db.internal"), true);
  for (const ssl of unverified) protect(optionsOf("10.0.0.5", { ssl }), true);
});
