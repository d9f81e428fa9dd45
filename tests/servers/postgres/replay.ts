/** Control over what a replica has replayed. */
import { pollUntil } from "../common/poll.ts";
import type { PostgresNode } from "./node.ts";

/** Longer than any lag that a test sets: a replica in its delay pauses when the delay is over. */
const PAUSED_WITHIN_MS = 30_000;
const TAKEN_WITHIN_MS = 30_000;

/** Sets how long after the primary the replica applies a commit, from now on. */
export async function setLag(
  primary: PostgresNode,
  replica: PostgresNode,
  lagMs: number,
): Promise<void> {
  const setting = `${Math.round(lagMs)}ms`;
  const complaint = () =>
    `The replica has not taken recovery_min_apply_delay = ${setting} in ${TAKEN_WITHIN_MS} ms.`;
  await replica.admin().unsafe(`alter system set recovery_min_apply_delay = '${setting}'`);
  await replica.admin()`select pg_reload_conf()`;
  await pollUntil(TAKEN_WITHIN_MS, async () => {
    const [row] = await replica.admin()`
      select setting::int = ${Math.round(lagMs)} as reached
      from pg_settings where name = 'recovery_min_apply_delay'`;
    return row?.["reached"] === true;
  }, complaint);
  if (lagMs === 0) return;
  // Each process takes a setting in its own time, and the one that replays may be the last: it has
  // taken this one when it holds back a commit.
  await pollUntil(TAKEN_WITHIN_MS, async () => {
    await primary.admin()`select pg_current_xact_id()`;
    const [row] = await replica.admin()`
      select wait_event = 'RecoveryApplyDelay' as delays
      from pg_stat_activity where backend_type = 'startup'`;
    return row?.["delays"] === true;
  }, complaint);
}

/** Stops the replay and returns once nothing more is applied; the WAL is still received. */
export async function pauseReplay(replica: PostgresNode): Promise<void> {
  await replica.admin()`select pg_wal_replay_pause()`;
  await pollUntil(
    PAUSED_WITHIN_MS,
    async () => await pauseState(replica) === "paused",
    async () => `The replay is "${await pauseState(replica)}" after ${PAUSED_WITHIN_MS} ms.`,
  );
}

export async function resumeReplay(replica: PostgresNode): Promise<void> {
  await replica.admin()`select pg_wal_replay_resume()`;
}

/** Waits until the replica has applied all that the primary has written before this call. */
export async function waitForReplay(
  primary: PostgresNode,
  replica: PostgresNode,
  timeoutMs: number,
): Promise<void> {
  // A record of our own, flushed: the current position may lie behind a page header that no record
  // follows yet, which a replica never reaches, or in a part that is not flushed for a while.
  const [written] = await primary.admin()`
    select pg_logical_emit_message(false, 'wait for replay', '', true)::text as position`;
  const position: string = written!["position"];
  await pollUntil(
    timeoutMs,
    async () => {
      const [row] = await replica.admin()`
        select pg_last_wal_replay_lsn() >= ${position}::text::pg_lsn as reached`;
      return row?.["reached"] === true;
    },
    async () => {
      const [row] = await replica.admin()`select pg_last_wal_replay_lsn()::text as position`;
      return `The replica has replayed ${row?.["position"]}, not the primary's ${position}, ` +
        `within ${timeoutMs} ms; its replay is "${await pauseState(replica)}".`;
    },
  );
}

async function pauseState(replica: PostgresNode): Promise<string> {
  const [row] = await replica.admin()`select pg_get_wal_replay_pause_state() as state`;
  return row!["state"];
}
