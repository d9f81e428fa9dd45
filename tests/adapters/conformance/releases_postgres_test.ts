import type postgres from "postgres";
import { postgresSubject } from "./postgres.ts";
import { releasesSuite } from "./suite.ts";
import type { Subject } from "./subject.ts";

/**
 * The other supported releases; the conformance suite runs on 3.4.9. In those before 3.4.5 a
 * connection that is lost under two statements is an error that ends the process, or their timers
 * go on when it is closed.
 */
const releases = ["3.4.5", "3.4.6", "3.4.7", "3.4.8"];

const subjects: Record<string, Subject> = {};
for (const release of releases) {
  const driver: { default: typeof postgres } = await import(`npm:postgres@${release}`);
  subjects[release] = postgresSubject(driver.default);
}

releasesSuite(subjects, (name, test) => Deno.test(`postgres.js ${name}`, test));
