import { conform } from "./conformance/conform.ts";
import { mariadbKind } from "./databases/mysql.ts";

conform(mariadbKind);
