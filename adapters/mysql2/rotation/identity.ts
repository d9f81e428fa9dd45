/** Which server a session is on, as far as a user without rights may know. */

import type { ServerIdentity } from "../../../core/rotation/ports.ts";
import type { Server } from "./server.ts";

const variables = [
  "datadir",
  "gtid_executed",
  "hostname",
  "innodb_read_only",
  "port",
  "read_only",
  "server_uid",
  "server_uuid",
  "super_read_only",
];

const uuids = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/**
 * A server of MySQL has an id of its own, and tells in `gtid_executed` whose changes it has applied.
 * MariaDB tells nothing of the kind to a user without rights: its replicas are not known as such.
 */
export async function identify({ query, dialect }: Server): Promise<ServerIdentity> {
  const rows = await query(
    `show global variables where Variable_name in ('${variables.join("', '")}')`,
  );
  const [row] = await query(dialect.startedAt);
  const found = new Map(rows.map((row) => Object.values(row).map(String) as [string, string]));
  const of = (name: string) => found.get(name) ?? "";
  const where = [of("hostname"), of("port"), of("datadir")];
  // Before MariaDB 10.11.6 a place is all there is.
  const cluster = of("server_uuid") || [of("server_uid"), ...where].join(" ");
  return {
    cluster,
    // A copy of a data folder has the same id as the server that it was taken from.
    instance: [cluster, ...where, String(row?.started)].join(" "),
    standby: ["read_only", "super_read_only", "innodb_read_only"]
      .some((name) => of(name) === "ON"),
    follows: of("gtid_executed").match(uuids) ?? [],
  };
}
