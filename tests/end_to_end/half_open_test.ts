import assert from "node:assert/strict";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import { startTcpProxy, type TcpProxy } from "../servers/tcp_proxy.ts";
import { type Client, createDatabase, startClient } from "./client.ts";
import { eventsOf, until } from "./events.ts";
import { pause } from "./load.ts";

const house = rotationHouse();
const idleMs = 150;
const connectTimeoutMs = 300;

interface Scene extends AsyncDisposable {
  readonly app: App;
  readonly proxy: TcpProxy;
  readonly client: Client;
  /** The server process of the one connection. */
  pid(): Promise<number>;
}

/** A client of one connection, through a network that can go silent. */
async function scene(pingAfterIdleMs: number, pingTimeoutMs = 1_000): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await house.app());
  const database = await createDatabase(app);
  const proxy = stack.use(await startTcpProxy(house.server));
  const { host, port } = proxy;
  const pool = { host, port, max: 1, connectTimeoutMs, pingAfterIdleMs, pingTimeoutMs };
  const client = stack.use(startClient(app, database, { pool }));
  const pid = async () => (await client.sql`select pg_backend_pid() as pid`)[0]!["pid"];
  await client.sql`create table marks (pid int)`;
  const rest = stack.move();
  return { app, proxy, client, pid, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Lets a connection idle. The pool looks in steps, and a stall is to delay it not more than us. */
async function idle(): Promise<void> {
  for (let step = 0; step < 4; step++) await pause(idleMs);
}

/** The three ways to a connection. Each leaves a mark with its server process. */
const ways: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  "a statement": async ({ sql }) => await sql`insert into marks values (pg_backend_pid())`,
  "a transaction": ({ sql }) =>
    sql.begin(async (tx) => await tx`insert into marks values (pg_backend_pid())`),
  "a reserved connection": async ({ sql }) => {
    const reserved = await sql.reserve();
    await reserved`insert into marks values (pg_backend_pid())`;
    reserved.release();
  },
};

for (const [what, use] of Object.entries(ways)) {
  Deno.test(`a half-open connection is found by the ping, not by ${what}`, async () => {
    await using world = await scene(idleMs);
    const { proxy, client, pid } = world;
    const before = await pid();
    proxy.blackhole();
    await idle();
    const used = use(client);
    used.catch(() => {});
    // The ping went into the hole, and the pool opens another connection in the place of this one.
    const found = () => client.sql.rotation.stats().pool.opening > 0;
    await until(found, "nobody noticed that the connection is half-open")
      .finally(() => proxy.resume());
    await used;
    const marks = await client.sql`select pid from marks`;
    assert.equal(marks.length, 1);
    // Had it been sent into the hole, it would have run on the old one when the network came back.
    assert.notEqual(marks[0]!["pid"], before);
  });
}

Deno.test("a connection that answers the ping is used on", async () => {
  await using world = await scene(idleMs, 20_000);
  const before = await world.pid();
  for (let times = 0; times < 3; times++) {
    await idle();
    assert.equal(await world.pid(), before);
  }
  assert.deepEqual(eventsOf(world.client.events, "connection-lost"), []);
});

Deno.test("a statement on a silent network is answered when it speaks again", async () => {
  // No ping: what is already on its way waits as long as TCP does, and runs once.
  await using world = await scene(60_000);
  const { proxy, client } = world;
  proxy.blackhole();
  const used = ways["a statement"]!(client);
  await pause(2 * connectTimeoutMs);
  proxy.resume();
  await used;
  assert.equal((await client.sql`select pid from marks`).length, 1);
});
