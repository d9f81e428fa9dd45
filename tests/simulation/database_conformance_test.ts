import { loginFacts } from "./conformance/database/login_facts.ts";
import { startReal } from "./conformance/database/real.ts";
import { replicaFacts } from "./conformance/database/replica_facts.ts";
import { sessionFacts } from "./conformance/database/session_facts.ts";
import { checkSimulated } from "./conformance/database/simulated.ts";
import { targetFacts } from "./conformance/database/target_facts.ts";

const facts = [...loginFacts, ...replicaFacts, ...sessionFacts, ...targetFacts];

for (const fact of facts) {
  Deno.test(`simulated database: ${fact.name}`, () => checkSimulated(fact));
}

Deno.test("PostgreSQL is as the simulated database is", async (test) => {
  await using real = await startReal();
  for (const [index, fact] of facts.entries()) {
    await test.step(fact.name, () => fact.check(real, `app${index}_`));
  }
});
