import { awsDoubleSubject } from "./conformance/store/aws_double.ts";
import { labelFacts } from "./conformance/store/facts.ts";
import { portFacts, rotationFacts } from "./conformance/store/rotation_facts.ts";
import { simulatedSubject } from "./conformance/store/simulated.ts";

const subjects = { "simulated store": simulatedSubject, "Secrets Manager": awsDoubleSubject };

for (const [name, start] of Object.entries(subjects)) {
  for (const [fact, show] of [...labelFacts, ...rotationFacts, ...portFacts]) {
    Deno.test(`${name}: ${fact}`, async () => {
      await using subject = await start();
      await show(subject);
    });
  }
}
