import assert from "node:assert/strict";
import { alternatingUsers, singleUser } from "../../core/rotation/mod.ts";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import type { RotationStep } from "../servers/secrets_manager/mod.ts";
import { createDatabase, startClient } from "./client.ts";
import { eventsOf, until } from "./events.ts";
import { Load } from "./load.ts";

const house = rotationHouse();
const steps: readonly RotationStep[] = ["createSecret", "setSecret", "testSecret", "finishSecret"];
/** Every connection is replaced several times while the rotation lies there. */
const recycling = { maxLifetimeMs: 200, lifetimeJitter: 0.2 };

/** Logins of the app that the server refused; the rotator's own are in another database. */
async function refusedLogins(app: App, database: string): Promise<number> {
  const refused = await app.server.failedLogins();
  return refused.filter((login) => login.database === database).length;
}

for (const [strategy, allowed] of [[singleUser(), 1], [alternatingUsers(), 0]] as const) {
  for (const step of steps) {
    Deno.test(`a rotation abandoned after ${step} harms nobody, ${strategy.name}`, async () => {
      await using app = await house.app();
      const database = await createDatabase(app);
      await using client = startClient(app, database, { pool: recycling });
      const { sql, credentials, events } = client;
      await using load = await Load.start(client.db);
      await load.progress();
      const recycled = async (generations: number) => {
        const goal = sql.rotation.stats().endpoint.accepted + generations * 4;
        const enough = () => sql.rotation.stats().endpoint.accepted >= goal;
        await until(() => enough() || load.failures.length > 0, "connections are not replaced");
        await load.progress();
      };

      app.breakOffAfter(step, app.options(strategy));
      const versionId = crypto.randomUUID();
      const abandoned = await app.rotateSecret(versionId);
      assert.equal(abandoned.failedStep, step);
      await recycled(2);
      // What the store says, and what the database accepts, disagree for as long as it lies there.
      const labels = step === "finishSecret" ? ["AWSCURRENT", "AWSPENDING"] : ["AWSPENDING"];
      assert.deepEqual((await app.labels())[versionId]!.toSorted(), labels);

      // A version that is current is not rotated again: the store's next rotation is another one.
      const next = step === "finishSecret" ? crypto.randomUUID() : versionId;
      assert.equal((await app.rotateSecret(next)).error, undefined);
      assert.deepEqual((await app.labels())[next], ["AWSCURRENT"]);
      await until(
        () =>
          sql.rotation.stats().pool.versionId === next && credentials.stats().versionId === next,
        "the new version was not adopted",
      );
      await recycled(1);
      await load.end();
      const refused = await refusedLogins(app, database);
      const rotations = next === versionId ? 1 : 2;
      assert.ok(refused <= allowed * rotations, `${refused} logins were refused`);
      // Once the password is set and connections were replaced, somebody must have noticed.
      if (strategy.name === "single-user" && step !== "createSecret") {
        assert.ok(step === "finishSecret" || refused === 1);
      }
      assert.equal(refused, sql.rotation.stats().endpoint.rejected);
      assert.deepEqual(eventsOf(events, "search-failed"), []);
      assert.deepEqual(eventsOf(events, "connection-lost"), []);
    });
  }
}
