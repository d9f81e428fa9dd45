import { conform } from "./conformance/conform.ts";
import { mysqlKind } from "./databases/mysql.ts";

conform(mysqlKind);
