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

/** What has to be true on every release of a driver that is said to be supported. */
const coreFacts: readonly Fact[] = [...loginFacts, ...swapFacts, ...lossFacts, ...secrecyFacts];

/** Registers the tests, with the function that knows whether there is such a server. */
export function conformanceSuite(subject: Subject, register: RegisterTest): void {
  const server = startedServer(subject);
  for (const [index, { name, check }] of facts.entries()) {
    register(name, () => checked(subject, server(), `app${index}`, check));
  }
}

/**
 * Registers a test for each of the core facts, which checks it on several releases of a driver, by
 * their numbers. All at once and on one server: most of the time they wait for something.
 */
export function releasesSuite(
  releases: Readonly<Record<string, Subject>>,
  register: RegisterTest,
): void {
  const subjects = Object.entries(releases);
  const server = startedServer(subjects[0]![1]);
  const numbers = subjects.map(([release]) => release).join(", ");
  for (const [index, { name, check }] of coreFacts.entries()) {
    register(`${numbers}: ${name}`, async () => {
      const outcomes = await Promise.allSettled(subjects.map(([release, subject]) => {
        const user = `app${index}_${release.replaceAll(".", "_")}`;
        return checked(subject, server(), user, check);
      }));
      for (const [at, outcome] of outcomes.entries()) {
        if (outcome.status === "fulfilled") continue;
        throw new Error(`On ${subjects[at]![0]}: ${outcome.reason}`, { cause: outcome.reason });
      }
    });
  }
}

/** Starts the server of a test file; it is there when a test runs. */
function startedServer(subject: Subject): () => TestServer {
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
  return () => server!;
}

/** Checks a fact for a user of its own. */
async function checked(
  subject: Subject,
  server: TestServer,
  username: string,
  check: Fact["check"],
): Promise<void> {
  const scene = new Scene(subject, server, username);
  await server.createUser(scene.first);
  await check(scene);
  // Whatever happened, nothing is left of it.
  await scene.sessions(0);
}
