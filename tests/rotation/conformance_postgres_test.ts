import { conform } from "./conformance/conform.ts";
import { postgresKind } from "./databases/postgres.ts";

conform(postgresKind);
