/** Checks all facts on one subject: one server, and a user of its own for each fact. */

import { type RegisterTest, ServerUnavailableError } from "../../servers/common/unavailable.ts";
import { endFacts } from "./end_facts.ts";
import { factoryFacts } from "./factory_facts.ts";
import { loginFacts } from "./login_facts.ts";
import { lossFacts } from "./loss_facts.ts";
import { outageFacts } from "./outage_facts.ts";
import { poolFacts } from "./pool_facts.ts";
import { type Fact, Scene } from "./scene.ts";
import { secrecyFacts } from "./secrecy_facts.ts";
import type { Subject, TestServer } from "./subject.ts";
import { swapFacts } from "./swap_facts.ts";
import { tlsFacts } from "./tls_facts.ts";

const facts: readonly Fact[] = [
  ...loginFacts,
  ...swapFacts,
  ...lossFacts,
  ...poolFacts,
  ...endFacts,
  ...outageFacts,
  ...factoryFacts,
  ...tlsFacts,
  ...secrecyFacts,
];

/** Registers the tests, with the function that knows whether there is such a server. */
export function conformanceSuite(subject: Subject, register: RegisterTest): void {
  let server: TestServer | undefined;
  Deno.test.beforeAll(async () => {
    server = await subject.start().catch((error) => {
      // The tests, if they are run at all, say so.
      if (!(error instanceof ServerUnavailableError)) throw error;
      return undefined;
    });
    // Opens the administrator's connection: one that a test opened would count as its leak.
    await server?.createUser({ username: "nobody", password: "nothing" });
  });
  Deno.test.afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  for (const [index, { name, check }] of facts.entries()) {
    register(name, async () => {
      const scene = new Scene(subject, server!, `app${index}`);
      await server!.createUser(scene.first);
      await check(scene);
      // Whatever happened, nothing is left of it.
      await scene.sessions(0);
    });
  }
}
