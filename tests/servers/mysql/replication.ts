/** What a replica has applied, and control over it. */
import type { RowDataPacket } from "mysql2/promise";
import { pollUntil } from "../common/poll.ts";
import type { MysqlNode } from "./node.ts";

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

/** What a replica says of itself; the names of the columns differ between the servers. */
export async function statusOf(replica: MysqlNode): Promise<RowDataPacket> {
  const [rows] = await replica.admin().query<RowDataPacket[]>(`show ${word(replica)} status`);
  return rows[0]!;
}

function word({ flavor }: MysqlNode): string {
  return flavor === "mysql" ? "replica" : "slave";
}
