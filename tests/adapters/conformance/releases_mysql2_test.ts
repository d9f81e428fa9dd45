import type mysql from "mysql2/promise";
import { mysqlTests } from "../../servers/mysql/mod.ts";
import { mysql2Subject } from "./mysql2.ts";
import { releasesSuite } from "./suite.ts";
import type { Subject } from "./subject.ts";

/**
 * The oldest supported release and one in between; the conformance suite runs on 3.24.6. Those
 * before 3.9.8 have holes through which a server or a value may run code.
 */
const releases = ["3.9.8", "3.14.5"];

const subjects: Record<string, Subject> = {};
for (const release of releases) {
  const driver: { default: typeof mysql } = await import(`npm:mysql2@${release}/promise`);
  subjects[release] = mysql2Subject("mysql", driver.default);
}

const register = await mysqlTests("mysql");
releasesSuite(subjects, (name, test) => register(`mysql2 ${name}`, test));
