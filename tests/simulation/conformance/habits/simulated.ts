/** The simulated server with the habits of MySQL or MariaDB. */

import { Secret } from "../../../../core/secret.ts";
import { classify, SimulatedTarget } from "../../../../adapters/testing/simulation/database/mod.ts";
import { DatabaseWorld } from "../../database_world.ts";
import type { Flavor, Habit, Habitual } from "./subject.ts";

/** Checks a fact in a world of its own. */
export async function checkSimulated(habit: Habit, flavor: Flavor): Promise<void> {
  const world = new DatabaseWorld();
  await world.clock.until(habit.check(simulated(world, flavor), "user"), 3_600_000);
}

function simulated(world: DatabaseWorld, flavor: Flavor): Habitual {
  const server = world.server("db", {
    secondPasswords: flavor === "mysql",
    lockout: flavor === "mysql"
      ? { kind: flavor, afterFailures: 3, lockMs: 86_400_000 }
      : { kind: flavor, afterFailures: 3 },
  });
  return {
    createUser(username, password) {
      server.setUser(username, { passwords: [password] });
      return Promise.resolve();
    },
    async login(username, password) {
      try {
        (await world.connect({ username, password: new Secret(password) })).close();
        return "accepted";
      } catch (error) {
        return classify(error).kind;
      }
    },
    setPassword(username, password) {
      server.setPasswords(username, [password]);
      return Promise.resolve();
    },
    flushPrivileges() {
      server.flushPrivileges();
      return Promise.resolve();
    },
    target: new SimulatedTarget(world.clients, world.process),
    address: { host: "db", port: undefined },
  };
}
