/** Which databases there are. */

import type { DatabaseName } from "../client/client.ts";
import type { DemoDatabase } from "./database.ts";

/** Loads a database. What it is made of is fetched when it starts. */
export async function loadDatabase(name: DatabaseName): Promise<DemoDatabase> {
  if (name === "postgres") return (await import("./postgres/database.ts")).postgresDatabase;
  const { mysqlDatabase, mariadbDatabase } = await import("./mysql/database.ts");
  return name === "mysql" ? mysqlDatabase : mariadbDatabase;
}
