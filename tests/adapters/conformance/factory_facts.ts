/** Factories that do not pass on what they were given are told so, before anything is connected. */

import assert from "node:assert/strict";
import { within } from "../outcome.ts";
import type { Fact, Scene } from "./scene.ts";
import type { FactoryFault } from "./subject.ts";

const says: Record<FactoryFault, RegExp> = {
  user: /does not pass on user/,
  password: /password of its own/,
  host: /host of its own/,
  port: /port of its own/,
  limit: /does not pass on (max|connectionLimit): 1/,
  nothing: /returned no /,
};

/** What a client of this factory throws, at once or with its first statement. */
async function faultOf(scene: Scene, fault: FactoryFault): Promise<unknown> {
  try {
    await using scenery = scene.client({ fault });
    await within(30_000, scenery.client.echo(1));
  } catch (error) {
    return error;
  }
  throw new Error("The factory was accepted.");
}

export const factoryFacts: readonly Fact[] = [
  {
    name: "a factory that does not pass on the login is an invalid option",
    async check(scene) {
      for (const [fault, message] of Object.entries(says)) {
        const error = await faultOf(scene, fault as FactoryFault);
        assert.throws(
          () => {
            throw error;
          },
          { name: "RekeyError", code: "INVALID_OPTION", message },
          fault,
        );
      }
      assert.equal(await scene.server.failedLogins(scene.username), 0);
    },
  },
];
