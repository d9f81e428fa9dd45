/** A replica's following of its primary, and control over what it has applied. */
import type { RowDataPacket } from "mysql2/promise";
import { pollUntil } from "../common/poll.ts";
import type { Flavor } from "./flavor.ts";
import type { MysqlNode } from "./node.ts";
import { superuser } from "./template.ts";

/** Makes the replica follow, and apply commits `lagMs` late. */
export async function follow(
  primary: MysqlNode,
  replica: MysqlNode,
  options: { readonly lagMs: number; readonly tls: boolean },
): Promise<void> {
  const { user, password } = superuser;
  const delay = delaySeconds(replica.flavor, options.lagMs);
  const admin = replica.admin();
  if (replica.flavor === "mysql") {
    await admin.query(
      `change replication source to source_host = ?, source_port = ?, source_user = ?,
        source_password = ?, source_auto_position = 1, source_delay = ?, source_connect_retry = 1,
        source_retry_count = 86400, source_ssl = ?, get_source_public_key = ?`,
      [primary.host, primary.port, user, password, delay, +options.tls, +!options.tls],
    );
    await admin.query("start replica");
  } else {
    await admin.query(
      `change master to master_host = ?, master_port = ?, master_user = ?, master_password = ?,
        master_use_gtid = slave_pos, master_delay = ?, master_connect_retry = 1, master_ssl = ?`,
      [primary.host, primary.port, user, password, delay, +options.tls],
    );
    await admin.query("start slave");
  }
}

/** Sets how long after the primary the replica applies a commit; a paused replica stays paused. */
export async function setLag(replica: MysqlNode, lagMs: number): Promise<void> {
  const paused = await isPaused(replica);
  const delay = delaySeconds(replica.flavor, lagMs);
  const admin = replica.admin();
  if (replica.flavor === "mysql") {
    await pauseReplay(replica);
    await admin.query(`change replication source to source_delay = ${delay}`);
  } else {
    await admin.query(`stop slave; change master to master_delay = ${delay}`);
    await admin.query("start slave io_thread");
  }
  if (!paused) await resumeReplay(replica);
}

/** Stops the replay and returns once nothing more is applied; changes are still received. */
export async function pauseReplay(replica: MysqlNode): Promise<void> {
  await replica.admin().query(`stop ${word(replica)} sql_thread`);
}

export async function resumeReplay(replica: MysqlNode): Promise<void> {
  await replica.admin().query(`start ${word(replica)} sql_thread`);
}

/** Waits until the replica has applied all that the primary has committed before this call. */
export async function waitForReplay(
  primary: MysqlNode,
  replica: MysqlNode,
  timeoutMs: number,
): Promise<void> {
  const position = await positionOf(primary, "written");
  await pollUntil(
    timeoutMs,
    async () => await hasApplied(replica, position),
    async () => {
      const status = await statusOf(replica);
      const problems = [status.Last_IO_Error, status.Last_SQL_Error].filter((text) => text !== "");
      return `The replica has applied "${await positionOf(
        replica,
        "applied",
      )}", not the primary's ` +
        `"${position}", within ${timeoutMs} ms; ` +
        (await isPaused(replica) ? "it is paused." : "it is not paused.") +
        problems.map((text) => ` ${text}`).join("");
    },
  );
}

async function hasApplied(replica: MysqlNode, position: string): Promise<boolean> {
  const question = replica.flavor === "mysql"
    ? "select gtid_subset(?, @@global.gtid_executed) = 1 as reached"
    : "select master_gtid_wait(?, 0) = 0 as reached";
  const [rows] = await replica.admin().query<RowDataPacket[]>(question, [position]);
  return rows[0]!["reached"] === 1;
}

async function positionOf(node: MysqlNode, what: "written" | "applied"): Promise<string> {
  const variable = node.flavor === "mysql"
    ? "gtid_executed"
    : what === "written"
    ? "gtid_binlog_pos"
    : "gtid_slave_pos";
  const [rows] = await node.admin().query<RowDataPacket[]>(
    `select @@global.${variable} as position`,
  );
  return rows[0]!["position"];
}

async function isPaused(replica: MysqlNode): Promise<boolean> {
  const status = await statusOf(replica);
  return (status["Replica_SQL_Running"] ?? status["Slave_SQL_Running"]) === "No";
}

async function statusOf(replica: MysqlNode): Promise<RowDataPacket> {
  const [rows] = await replica.admin().query<RowDataPacket[]>(`show ${word(replica)} status`);
  return rows[0]!;
}

function word({ flavor }: MysqlNode): string {
  return flavor === "mysql" ? "replica" : "slave";
}

/**
 * The setting that delays by at least `lagMs`. Both servers reckon in whole seconds of the clock; of
 * a commit just before the second turns MariaDB loses almost one, where MySQL adds one.
 */
function delaySeconds(flavor: Flavor, lagMs: number): number {
  const seconds = Math.ceil(lagMs / 1000);
  return flavor === "mariadb" && seconds > 0 ? seconds + 1 : seconds;
}
