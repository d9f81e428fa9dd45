/** What servers and errors tell of passwords. */

import assert from "node:assert/strict";
import { rotate } from "../../../core/rotation/mod.ts";
import { assertNoSecretIn } from "../../leaks.ts";
import { type Fact, freshUser } from "./fact.ts";
import { strategiesOf } from "./strategies.ts";

export const logFacts: readonly Fact[] = [
  {
    name: "the search of the logs finds a text that was sent in the clear",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "unremarkable");
      assert.ok(await database.logged(user) > 0);
      const text = `sent-in-the-clear-${crypto.randomUUID()}`;
      assert.equal(await database.logged(text), 0);
      await database.sendInTheClear(text);
      assert.ok(await database.logged(text) > 0);
    },
  },
  {
    name: "no log of the server holds a password of a rotation",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        await using app = await house.app();
        const known = app.passwords.length;
        for (let round = 1; round <= 3; round++) await rotate(app.secretId, app.options(strategy));
        const passwords = app.passwords.slice(known);
        assert.equal(passwords.length, 3);
        for (const password of passwords) {
          assert.equal(await house.database.logged(password), 0, strategy.name);
          const escaped = password.replaceAll("'", "''");
          assert.equal(await house.database.logged(escaped), 0, strategy.name);
        }
        // The users were logged, then.
        assert.ok(await house.database.logged(app.user) > 0);
      }
    },
  },
  {
    name: "neither event, option, result nor error of a rotation shows a secret",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        await using app = await house.app();
        const options = app.options(strategy);
        const results: unknown[] = [options, await rotate(app.secretId, options)];
        await house.database.setPassword(app.user, "changed by hand 1");
        if (strategy.name === "alternating-users") {
          await house.database.setPassword(app.twin, "changed by hand 2");
        }
        const failed = await rotate(app.secretId, options).then(() => undefined, (error) => error);
        assert.ok(failed instanceof Error);
        const verifier = (await app.verifier(app.user))!;
        assertNoSecretIn([results, failed, app.events], [...app.passwords, verifier]);
      }
    },
  },
];
