import assert from "node:assert/strict";
import { alternatingUsers } from "../../core/rotation/mod.ts";
import { rotationHouse } from "../rotation/fixture.ts";
import { createDatabase, startClient } from "./client.ts";
import { eventsOf, outages, until } from "./events.ts";
import { Load } from "./load.ts";

const house = rotationHouse();
const login = { engine: "postgres", username: "nobody", password: "garbage-password" };

/** What somebody stored by mistake, and how the one event about it reads. */
const garbage: readonly [what: string, value: string | Uint8Array, told: string][] = [
  ["no JSON", `password=${login.password}`, "current INVALID_SECRET"],
  ["an empty object", "{}", "current INVALID_SECRET username"],
  [
    "another engine",
    JSON.stringify({ ...login, engine: "mongo" }),
    "current INVALID_SECRET engine",
  ],
  ["no password", JSON.stringify({ username: "nobody" }), "current INVALID_SECRET password"],
  ["a bad port", JSON.stringify({ ...login, port: "70000" }), "current INVALID_SECRET port"],
  ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0x00]), "current INVALID_SECRET"],
];

for (const [what, value, told] of garbage) {
  Deno.test(`a secret overwritten with ${what} keeps the old credential until it is mended`, async () => {
    await using app = await house.app();
    const database = await createDatabase(app);
    await using client = startClient(app, database, {
      maxAttempts: 1,
      pool: { maxLifetimeMs: 250, lifetimeJitter: 0.2 },
    });
    await using load = await Load.start(client.db);
    await load.progress();
    const { VersionId: good, SecretString } = await app.client.getSecretValue({
      SecretId: app.secretId,
    });

    const field = typeof value === "string" ? { SecretString: value } : { SecretBinary: value };
    await app.client.putSecretValue({ SecretId: app.secretId, ...field });
    await until(() => outages(client.events).length > 0, "nothing tells of the garbage");
    const { accepted } = client.sql.rotation.stats().endpoint;
    await until(
      () => client.sql.rotation.stats().endpoint.accepted >= accepted + 4,
      "no new logins with the old credential",
    );
    assert.equal((await client.credentials.get()).versionId, good);
    await load.progress();

    const mended = await app.client.putSecretValue({
      SecretId: app.secretId,
      SecretString: SecretString!,
    });
    await until(
      () => client.sql.rotation.stats().pool.versionId === mended.VersionId,
      "the mended secret was not adopted",
    );
    // What lies under AWSPREVIOUS now is the garbage: it must not stand in a rotation's way.
    const rotated = await app.rotateByStore(app.options(alternatingUsers()));
    await until(
      () => client.sql.rotation.stats().pool.versionId === rotated,
      "the rotation after it was not adopted",
    );
    await load.progress();
    await load.end();
    assert.deepEqual(outages(client.events), [told, "current recovered"]);
    assert.ok(eventsOf(client.events, "stale-served").length <= 1);
    assert.equal(client.sql.rotation.stats().endpoint.rejected, 0);
  });
}
