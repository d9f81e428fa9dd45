import type postgres from "postgres";
import { postgresSubject } from "./postgres.ts";
import { releasesSuite } from "./suite.ts";
import type { Subject } from "./subject.ts";

/**
 * The other supported release; the conformance suite runs on 3.4.9. Those before 3.4.8 resolve a
 * statement with parameters before the server has committed it: a session that is killed right then
 * loses a row that was acknowledged. And in those before 3.4.5 a connection that is lost under two
 * statements is an error that ends the process, or their timers go on when it is closed.
 */
const releases = ["3.4.8"];

const subjects: Record<string, Subject> = {};
for (const release of releases) {
  const driver: { default: typeof postgres } = await import(`npm:postgres@${release}`);
  subjects[release] = postgresSubject(driver.default);
}

releasesSuite(subjects, (name, test) => Deno.test(`postgres.js ${name}`, test));
