/** What a rotating client does, whatever its driver: registered once for each. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialProvider, isRekeyError, type RekeyEvent } from "@rekey/orm";
import type { ClientOptions } from "@rekey/orm/postgres";
import type { Database } from "./database.ts";
import {
  assertHidden,
  errorOf,
  freshName,
  StagedSource,
  until,
  versionOf,
} from "./surroundings.ts";

/** A user of its own, and a client for him. */
async function withClient(
  open: () => Database,
  body: (scene: Awaited<ReturnType<typeof sceneOf>>) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  const database = open();
  try {
    const scene = await sceneOf(database, options);
    try {
      await body(scene);
    } finally {
      await scene.client.end();
      scene.credentials.close();
    }
  } finally {
    await database.end();
  }
}

async function sceneOf(database: Database, options: Partial<ClientOptions>) {
  const username = freshName();
  const [first, second] = [versionOf(username, "v1"), versionOf(username, "v2")];
  await database.createUser(first);
  const source = new StagedSource(first);
  const credentials = credentialProvider(source, { ttlMs: 60_000, refreshAheadMs: 0 });
  const events: RekeyEvent[] = [];
  const { host, port } = database.server;
  const onEvent = (event: RekeyEvent) => void events.push(event);
  const client = database.client({ credentials, host, port, max: 4, onEvent, ...options });
  const count = (type: RekeyEvent["type"]) => events.filter((event) => event.type === type).length;
  /** Ends all sessions of the user, and waits until the client knows. */
  const kill = async () => {
    const { stats } = client.rotation;
    await until(() => stats().pool.opening === 0, "no login is under way");
    assert.ok(await database.kill(username) > 0);
    await until(() => stats().pool.total === 0, "the client has noticed");
  };
  return { database, username, first, second, source, credentials, client, events, count, kill };
}

/** Registers the tests of one driver. */
export function rotatingClientTests(driver: string, open: () => Database): void {
  test(`${driver}: a statement with a parameter gets its answer, and so does a crowd`, () =>
    withClient(open, async ({ client }) => {
      assert.equal(await client.echo(42), 42);
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      assert.deepEqual(await Promise.all(numbers.map((n) => client.echo(n))), numbers);
      assert.ok(client.rotation.stats().pool.total <= 4);
    }));

  test(`${driver}: a transaction commits as a whole, or leaves nothing`, () =>
    withClient(open, async ({ database, username, client }) => {
      const table = `t_${username}`;
      await database.createTable(table);
      await client.insertBoth(table, [1, 2], false);
      await assert.rejects(client.insertBoth(table, [3, 4], true), /changed its mind/);
      assert.deepEqual(await database.ids(table), [1, 2]);
    }));

  test(`${driver}: between the change in the database and the one in the store nothing fails`, () =>
    withClient(open, async ({ database, client, source, second, count, kill }) => {
      await client.echo(0);
      source.stages = { ...source.stages, pending: second };
      await database.setPassword(second);
      await kill();
      const numbers = Array.from({ length: 20 }, (_, n) => n);
      assert.deepEqual(await Promise.all(numbers.map((n) => client.echo(n))), numbers);
      // One login for all of them found out.
      assert.equal(count("login-rejected"), 1);
    }));

  test(`${driver}: a user who changes is followed, and the old one's connections close`, () =>
    withClient(open, async ({ database, client, source, first, credentials, username, count }) => {
      assert.equal(await client.user(), username);
      const twin = versionOf(`${username}_b`, "v2");
      await database.createUser(twin);
      source.stages = { current: twin, previous: first };
      await credentials.refresh("the test");
      await until(() => count("drain-finished") === 1, "the connections have changed");
      assert.equal(await client.user(), twin.username);
      await until(async () => await database.sessions(username) === 0, "the old user has none");
    }));

  test(`${driver}: sessions that are killed are replaced, and no statement notices`, () =>
    withClient(open, async ({ client, kill }) => {
      for (let round = 0; round < 3; round++) {
        await Promise.all([1, 2, 3, 4].map((n) => client.echo(n)));
        await kill();
        assert.equal(await client.echo(round), round);
      }
    }));

  test(`${driver}: when no credential is right, the error says what was tried, and no password`, () =>
    withClient(open, async ({ client, database, username, first, second }) => {
      await database.setPassword(second);
      const error = await errorOf(client.echo(1));
      assert.ok(isRekeyError(error), `${error}`);
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      assert.ok(error.attempts.some(({ stage }) => stage === "current"));
      assertHidden([error, client.value], [first.password, second.password]);
      await until(async () => await database.sessions(username) === 0, "no session is left");
    }, { loginBudgetMs: 3_000 }));

  test(`${driver}: the client, its statements, events and figures show no password`, () =>
    withClient(open, async ({ client, events, first, credentials }) => {
      await client.echo(1);
      assertHidden([client.value, events, credentials], [first.password]);
      assertHidden(client.rotation.stats(), [first.password]);
    }));

  test(`${driver}: TLS is verified: the authority, and the name`, () =>
    withClient(open, async ({ database, credentials }) => {
      const { port, tls, misnamed } = database.server;
      const connect = async (authority: string, to: number) => {
        const options = { credentials, host: "localhost", port: to, loginBudgetMs: 3_000 };
        const client = database.client(options, authority);
        try {
          return await client.encrypted();
        } finally {
          await client.end();
        }
      };
      assert.equal(await connect(tls.ca, port), true);
      for (const [authority, to] of [[tls.otherCa, port], [misnamed.ca, misnamed.port]] as const) {
        const { code, message } = await errorOf(connect(authority, to));
        // A refused login would be told as such.
        assert.match(`${code} ${message}`, /certificate|SELF_SIGNED|UnknownIssuer|altname/i);
      }
    }));

  test(`${driver}: what is plaintext beyond this machine is refused before it connects`, () =>
    withClient(open, async ({ client }) => {
      const error = await errorOf(client.echo(1));
      assert.equal(error.code, "TLS_REQUIRED");
    }, { host: "192.0.2.1", loginBudgetMs: 2_000 }));

  test(`${driver}: after its end a client takes nothing any more`, () =>
    withClient(open, async ({ client }) => {
      assert.equal(await client.echo(1), 1);
      await client.end();
      const error = await errorOf(client.echo(2));
      assert.match(`${error.code} ${error.message}`, /CLOSED|CONNECTION_ENDED|closed/i);
      assert.equal(client.rotation.stats().pool.total, 0);
    }));
}
