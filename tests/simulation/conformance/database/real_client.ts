/** One connection of postgres.js, as the facts use it. */

import postgres from "postgres";
import { deferred } from "../../../../core/deferred.ts";
import type { StatementOutcome } from "../../../../adapters/testing/simulation/database/mod.ts";
import type { Client, LoginRequest } from "./subject.ts";

interface Waiting {
  readonly query: string;
  readonly settle: (outcome: StatementOutcome) => void;
}

/** Logs in. Never connects twice: a statement must not run on a session that it was not meant for. */
export async function realLogin(
  node: { readonly host: string; readonly port: number },
  { username, password, database = "app", maxPipelined = 100 }: LoginRequest,
): Promise<Client> {
  const { host, port } = node;
  const { promise: ended, resolve: end } = deferred<void>();
  let over = false;
  const waiting: Waiting[] = [];
  let inFlight = 0;
  const unsent = (): StatementOutcome => {
    const error = Object.assign(new Error("over"), { code: "CONNECTION_ENDED" });
    return { ok: false, error, unsent: true };
  };
  const sql = postgres({
    ...{ host, port, user: username, password, database },
    ...{ max: 1, fetch_types: false, connect_timeout: 10, onnotice: () => {} },
    onclose: () => {
      over = true;
      for (const { settle } of waiting.splice(0)) settle(unsent());
      end();
    },
  });
  const send = async ({ query, settle }: Waiting) => {
    inFlight++;
    // The simple protocol: the driver sends it at once, behind what is under way.
    const outcome = await sql.unsafe(query).then(
      ({ command }): StatementOutcome => ({ ok: true, value: command.toLowerCase() }),
      (error): StatementOutcome => ({ ok: false, error, unsent: false }),
    );
    inFlight--;
    const next = waiting.shift();
    if (next !== undefined) void (over ? next.settle(unsent()) : send(next));
    settle(outcome);
  };
  const request = (query: string) =>
    new Promise<StatementOutcome>((settle) => {
      if (over) settle(unsent());
      else if (inFlight < maxPipelined) void send({ query, settle });
      else waiting.push({ query, settle });
    });
  const close = () => sql.end({ timeout: 0 });
  try {
    await sql`select 1`;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    execute: ({ id, durationMs, writes }) =>
      request(
        writes
          ? `insert into executed select '${id}' from pg_sleep(${durationMs / 1_000})`
          : `select pg_sleep(${durationMs / 1_000}) from one`,
      ),
    begin: () => request("begin"),
    commit: () => request("commit"),
    rollback: () => request("rollback"),
    close,
    ended,
  };
}
