/** A real PostgreSQL, as the facts ask it. */

import postgres from "postgres";
import { classify } from "../../../../adapters/postgres/classify.ts";
import { postgresTarget } from "../../../../adapters/postgres/mod.ts";
import { type PostgresServer, startPostgres } from "../../../servers/postgres/mod.ts";
import { pollUntil } from "../../../servers/common/poll.ts";
import { realLogin } from "./real_client.ts";
import type { Database, Place } from "./subject.ts";

/** A server for all facts: each has users of its own. */
export interface RealDatabase extends Database, AsyncDisposable {}

/** Starts it. */
export async function startReal(): Promise<RealDatabase> {
  const server = await startPostgres({
    replica: {},
    settings: {
      // Of 100 connections, those that are kept for others: twelve are left.
      reserved_connections: "85",
      superuser_reserved_connections: "3",
      // A crash of the process must not forget what was committed.
      synchronous_commit: "on",
      max_standby_streaming_delay: "0",
      hot_standby_feedback: "off",
    },
  });
  await server.admin()`create database app`;
  await server.admin()`revoke connect on database app from public`;
  const owner = postgres({
    ...{ host: server.host, port: server.port, database: "app" },
    ...{ user: server.superuser.user, password: server.superuser.password },
    ...{ max: 1, fetch_types: false, onnotice: () => {} },
  });
  await owner.unsafe(`
    create role connecting;
    grant connect on database app to connecting;
    create table executed (id text);
    create table one as select 1 as number;
    grant insert on executed to public;
    grant select on one to public`);
  await server.waitForReplay();
  return { ...database(server, owner), [Symbol.asyncDispose]: () => stop(server, owner) };
}

async function stop(server: PostgresServer, owner: postgres.Sql): Promise<void> {
  await owner.end({ timeout: 0 });
  await server.close();
}

function database(server: PostgresServer, owner: postgres.Sql): Database {
  const node = (place: Place) => place === "primary" ? server : server.replica!;
  const sessions = (place: Place, user: string) => node(place).sessions({ user });
  return {
    async createUser(
      username,
      password,
      { canLogin = true, canConnect = true, admin = false } = {},
    ) {
      const login = canLogin ? "login" : "nologin";
      const rights = admin ? "superuser" : "nosuperuser";
      await owner.unsafe(`create role ${username} ${login} ${rights} password '${password}'`);
      if (canConnect) await owner.unsafe(`grant connecting to ${username}`);
    },
    async setPassword(username, password) {
      await owner.unsafe(`alter role ${username} password '${password}'`);
    },
    target: postgresTarget((login) => postgres({ database: "app", onnotice: () => {}, ...login })),
    address(place) {
      const { host, port } = node(place);
      return { host, port };
    },
    login: (place, request) => realLogin(node(place), request),
    classify,
    sessions: async (place, username) => (await sessions(place, username)).length,
    async underWay(place, username) {
      await pollUntil(
        10_000,
        async () => (await sessions(place, username)).some(({ state }) => state === "active"),
        () => `No statement of ${username} is under way.`,
      );
    },
    async executions(id) {
      const [row] = await owner`select count(*)::int as number from executed where id = ${id}`;
      return row!["number"];
    },
    async kill(username) {
      await server.terminateSessions({ user: username });
    },
    async toldTerminated() {
      return (await server.log()).filter((line) => line.includes(" 57P01 FATAL:")).length;
    },
    crash: () => server.kill(),
    comeBack: () => server.restart(),
    pause: () => new Promise((resolve) => setTimeout(resolve, 20)),
    setLag: (lagMs) => server.setReplicaLag(lagMs),
    pauseReplay: () => server.pauseReplay(),
    resumeReplay: () => server.resumeReplay(),
    caughtUp: () => server.waitForReplay(),
    async conflict() {
      await owner.begin((tx) => tx`lock table one in access exclusive mode`);
    },
  };
}
