import assert from "node:assert/strict";
import postgres from "postgres";
import type { DriverOptions } from "../../../adapters/postgres/driver/port.ts";
import { assertProtected } from "../../../adapters/postgres/driver/transport.ts";
import { verifies } from "../../../core/client/tls.ts";

type Ssl = postgres.Options<Record<never, never>>["ssl"];

/** The options as the driver itself understands them; nothing is connected. */
function optionsOf(host: string, ssl?: Ssl, path?: string): DriverOptions {
  const sql = postgres({
    host,
    port: 5432,
    user: "app",
    database: "app",
    ...ssl !== undefined && { ssl },
    ...path !== undefined && { path },
  });
  // The driver cuts an IPv6 address off at its first colon; other drivers' options may hold one.
  return { ...sql.options as unknown as DriverOptions, host: [host] };
}

const unverified: Ssl[] = [false, "require", "allow", "prefer", { rejectUnauthorized: false }];
const verified: Ssl[] = [true, "verify-full", {}, { ca: "PEM" }, { rejectUnauthorized: true }];

Deno.test("beyond this machine, only TLS with a verified certificate is protection", () => {
  for (const ssl of verified) {
    assert.ok(verifies(ssl));
    assertProtected(optionsOf("db.internal", ssl), false);
  }
  for (const ssl of [undefined, ...unverified]) {
    assert.ok(!verifies(ssl));
    assert.throws(
      () => assertProtected(optionsOf("db.internal", ssl), false),
      { name: "RekeyError", code: "TLS_REQUIRED", message: /db\.internal/ },
    );
  }
});

Deno.test("the error says what the option ssl does, and how to mend it", () => {
  const messageOf = (ssl: Ssl) => {
    try {
      assertProtected(optionsOf("db.internal", ssl), false);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(messageOf(false)!, /ssl is off.*verify-full.*allowInsecureTransport/);
  assert.match(messageOf("require")!, /ssl is "require", which accepts any certificate/);
  assert.match(
    messageOf({ rejectUnauthorized: false })!,
    /rejectUnauthorized: false, which accepts/,
  );
});

Deno.test("a path that does not leave this machine needs no TLS", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.10", "::1"]) {
    for (const ssl of [undefined, ...unverified, ...verified]) {
      assertProtected(optionsOf(host, ssl), false);
    }
  }
  assertProtected(optionsOf("db.internal", false, "/run/postgresql/.s.PGSQL.5432"), false);
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
    assert.throws(
      () => assertProtected(optionsOf(host), false),
      { code: "TLS_REQUIRED" },
      host,
    );
  }
});

Deno.test("an address is refused unless the options say what its certificate is checked for", () => {
  for (const host of ["10.0.0.5", "203.0.113.9", "2001:db8::5"]) {
    for (const ssl of verified) {
      assert.throws(
        () => assertProtected(optionsOf(host, ssl), false),
        { code: "TLS_REQUIRED", message: /would not be checked for that address/ },
      );
    }
    for (
      const named of [
        { servername: "db.internal" },
        { host },
        { checkServerIdentity: () => undefined },
      ]
    ) {
      assertProtected(optionsOf(host, { ca: "PEM", ...named }), false);
    }
  }
});

Deno.test("the risk can be accepted", () => {
  for (const ssl of [undefined, ...unverified]) {
    assertProtected(optionsOf("db.internal", ssl), true);
    assertProtected(optionsOf("10.0.0.5", ssl), true);
  }
});
