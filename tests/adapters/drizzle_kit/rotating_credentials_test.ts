/** The helper of the configuration by itself: no drizzle-kit, no server. */

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { join } from "node:path";
import {
  rotatingCredentials,
  type RotatingCredentialsOptions,
} from "../../../adapters/drizzle_kit/mod.ts";

const core = new URL("../../../mod.ts", import.meta.url).href;

/** A module whose secret has these fields. */
function moduleOf(secret: Record<string, unknown>, before = ""): string {
  const value = { username: "app", password: "hunter2-hunter2", ...secret };
  return `
    import { credentialProvider, Secret } from ${JSON.stringify(core)};
    ${before}
    const value = new Secret(${JSON.stringify(JSON.stringify(value))});
    export const credentials = credentialProvider({
      name: "app-db",
      read: () => Promise.resolve({ versionId: "v1", value }),
    });`;
}

/** Calls the helper on a module with this text, and hands over what it returned. */
async function onModule<S>(
  text: string,
  options: RotatingCredentialsOptions<S>,
  check: (credentials: ReturnType<typeof rotatingCredentials<S>>) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rekey-credentials-" });
  try {
    await Deno.writeTextFile(join(folder, "db.ts"), text);
    check(rotatingCredentials(join(folder, "db.ts"), options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("fields come from the secret, and options win", async () => {
  const secret = { host: "localhost", port: 5433, dbname: "app" };
  await onModule(moduleOf(secret, 'console.log("a module may print");'), {}, (found) => {
    assert.deepEqual({ ...found }, {
      host: "localhost",
      port: 5433,
      user: "app",
      password: "hunter2-hunter2",
      database: "app",
      ssl: undefined,
    });
  });
  const options = { host: "::1", database: "other", ssl: { ca: "..." } };
  await onModule(moduleOf(secret), options, (found) => {
    // The port is that of the secret's host.
    assert.deepEqual([found.host, found.port, found.database], ["::1", undefined, "other"]);
    assert.equal(found.ssl.ca, "...");
  });
});

Deno.test("nothing is read before a field is, and no way of printing shows the password", async () => {
  await onModule("this is no module", {}, (found) => {
    assert.match(inspect(found), /password: \[Getter\]/);
    assert.throws(() => found.password, { code: "SOURCE_FAILED" });
  });
  await onModule(moduleOf({ host: "localhost" }), { database: "app" }, (found) => {
    assert.equal(found.password.length, 15);
    for (const text of [inspect(found, { depth: 9, showHidden: true }), Deno.inspect(found)]) {
      assert.ok(!text.includes("hunter2"));
    }
  });
});

Deno.test("a connection that leaves this machine unprotected is refused", async () => {
  const text = moduleOf({ host: "db.example", dbname: "app" });
  const refused = [undefined, false, "require", "prefer", { rejectUnauthorized: false }];
  const allowed = ["verify-full", true, {}, { ca: "..." }];
  for (const ssl of refused) {
    await onModule(text, { ssl }, (found) => {
      assert.throws(() => found.host, { code: "TLS_REQUIRED", message: /db\.example/ });
    });
  }
  for (const ssl of allowed) {
    await onModule(text, { ssl }, ({ host }) => assert.equal(host, "db.example"));
  }
  // postgres.js would have the certificate of an address checked for "localhost".
  await onModule(text, { host: "192.0.2.1", ssl: "verify-full" }, (found) => {
    assert.throws(() => found.host, { code: "TLS_REQUIRED", message: /192\.0\.2\.1.*address/ });
  });
  const named = { ca: "...", servername: "db.example" };
  await onModule(text, { host: "192.0.2.1", ssl: named }, (found) => {
    assert.equal(found.host, "192.0.2.1");
  });
  await onModule(text, { allowInsecureTransport: true }, ({ user }) => assert.equal(user, "app"));
});

Deno.test("what is missing or hangs is named", async () => {
  await onModule(moduleOf({ dbname: "app" }), {}, (found) => {
    assert.throws(() => found.user, { code: "INVALID_SECRET", field: "host" });
  });
  await onModule(moduleOf({ host: "localhost" }), {}, (found) => {
    assert.throws(() => found.user, { code: "INVALID_SECRET", field: "database" });
  });
  await onModule("export const nothing = 1;", {}, (found) => {
    assert.throws(() => found.user, {
      code: "SOURCE_FAILED",
      message: /db\.ts: .*Export exactly one credentialProvider/,
    });
  });
  const hanging = "setInterval(() => {}, 1000); await new Promise(() => {});";
  await onModule(hanging, { timeoutMs: 500 }, (found) => {
    assert.throws(() => found.user, { code: "SOURCE_FAILED", message: /within 500 ms/ });
  });
  await onModule("Deno.exit(3);", {}, (found) => {
    assert.throws(() => found.user, { code: "SOURCE_FAILED", message: /without an answer/ });
  });
});
