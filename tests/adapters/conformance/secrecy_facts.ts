/** No password shows in anything that an app can get hold of. */

import assert from "node:assert/strict";
import { assertNoSecretIn } from "../../leaks.ts";
import { errorOf, within } from "../outcome.ts";
import type { Fact } from "./scene.ts";

export const secrecyFacts: readonly Fact[] = [
  {
    name: "control: the bare driver shows a password that it was given as a text",
    async check({ subject, first }) {
      const bare = subject.bare(first);
      assert.throws(() => assertNoSecretIn(bare.value, [first.password]), /a secret shows/);
      await bare.end();
    },
  },
  {
    name: "neither the client nor its connections, answers and events show a password",
    async check(scene) {
      const twin = await scene.createTwin("v2");
      const secrets = [scene.first.password, twin.password, scene.version("wrong").password];
      await using scenery = scene.client();
      const { client, events, credentials } = scenery;
      const look = () =>
        assertNoSecretIn([client.value, client.rotation.stats(), events, credentials], secrets);
      look();
      const answer = client.echo(1);
      assertNoSecretIn([answer, client.value], secrets);
      await answer;
      look();
      const reserved = await client.reserve();
      assertNoSecretIn(reserved.value, secrets);
      const sleeping = reserved.sleep(0.05);
      assertNoSecretIn([reserved.value, sleeping], secrets);
      await sleeping;
      await client.transaction(async (statements) => {
        await statements.echo(1);
        look();
      });
      await scenery.push(scene.version("wrong"));
      await scenery.seen("swap-aborted");
      look();
      await scenery.push(twin);
      await scenery.seen("swap-completed");
      assertNoSecretIn(reserved.value, secrets);
      reserved.release();
      assertNoSecretIn(reserved.value, secrets);
      await client.echo(2);
      look();
      await client.end();
      look();
    },
  },
  {
    name: "no error shows a password",
    async check(scene) {
      const secrets = [scene.first.password, scene.version("wrong").password];
      await using scenery = scene.client({ options: { max: 1 } });
      const { client } = scenery;
      const errors = [await errorOf(client.fail())];
      const lost = errorOf(client.sleep(20));
      await scene.running();
      await scene.server.kill(scene.username);
      errors.push(await within(30_000, lost));
      await client.end();
      errors.push(await errorOf(client.echo(1)), await errorOf(client.reserve()));
      await using wrong = scene.client({
        stages: { current: scene.version("wrong") },
        options: { loginBudgetMs: 100 },
      });
      errors.push(await within(30_000, errorOf(wrong.client.echo(1))));
      await using database = scene.client({ driver: { database: "nowhere" } });
      errors.push(await within(30_000, errorOf(database.client.echo(1))));
      assertNoSecretIn([errors, scenery.events, wrong.events, database.events], secrets);
    },
  },
];
