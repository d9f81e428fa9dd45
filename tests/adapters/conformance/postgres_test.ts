import { postgresSubject } from "./postgres.ts";
import { conformanceSuite } from "./suite.ts";

conformanceSuite(postgresSubject(), (name, test) => Deno.test(`PostgreSQL: ${name}`, test));
