import { mysqlTests } from "../../servers/mysql/mod.ts";
import { mysql2Subject } from "./mysql2.ts";
import { conformanceSuite } from "./suite.ts";

conformanceSuite(mysql2Subject("mysql"), await mysqlTests("mysql"));
