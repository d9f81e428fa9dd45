import assert from "node:assert/strict";
import { Secret } from "../../core/secret.ts";
import {
  classify,
  type SimulatedConnection,
  type StatementOutcome,
} from "../../adapters/testing/simulation/database/mod.ts";
import { ProcessClock } from "../../adapters/testing/simulation/process_clock.ts";
import { DatabaseWorld } from "./database_world.ts";

/** `ok`, or what a client can tell: the code, and whether it was sent. */
function told(outcome: StatementOutcome): string {
  if (outcome.ok) return "ok";
  return `${classify(outcome.error).code} ${outcome.unsent ? "unsent" : "sent"}`;
}

/** The ends of a connection that its client heard of. */
function endsOf(connection: SimulatedConnection): string[] {
  const ends: string[] = [];
  connection.onEnd = (error) => ends.push(error === undefined ? "closed" : classify(error).code);
  return ends;
}

Deno.test("a login that is lost before the server leaves no trace there", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  world.fate("lost-before");
  assert.equal(await world.outcome(), "ECONNRESET");
  assert.equal(server.sessions.size, 0);
  assert.deepEqual([...world.clients.connections], []);
});

Deno.test("a login whose answer is lost leaves a session, which the server ends after a while", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  world.fate("lost-after");
  assert.equal(await world.outcome(), "ECONNRESET");
  assert.equal(server.sessions.size, 1);
  await world.clock.advance(989);
  assert.equal(server.sessions.size, 1);
  await world.clock.advance(1);
  assert.equal(server.sessions.size, 0);
});

Deno.test("a login without an answer ends after its time, in which the process runs", async () => {
  const world = new DatabaseWorld();
  world.server();
  world.fate("silent");
  const startMs = world.clock.monotonicMs();
  const outcome = world.outcome();
  world.process.freeze(300);
  assert.equal(await outcome, "CONNECT_TIMEOUT");
  assert.equal(world.clock.monotonicMs() - startMs, 800);
});

Deno.test("a login that is answered too late leaves no session", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  assert.equal(await world.outcome({ timeoutMs: 15 }), "CONNECT_TIMEOUT");
  assert.equal(server.sessions.size, 1);
  await world.clock.advance(10);
  assert.equal(server.sessions.size, 0);
});

Deno.test("a statement that is lost before the server has not run, one whose answer is lost has", async () => {
  for (const [fate, executions] of [["lost-before", 0], ["lost-after", 1]] as const) {
    const world = new DatabaseWorld();
    const server = world.server();
    const connection = await world.connected();
    const ends = endsOf(connection);
    world.fate(fate);
    const outcome = await world.clock.until(connection.execute({ id: "s1", durationMs: 5 }));
    assert.equal(told(outcome), "ECONNRESET sent");
    assert.deepEqual(ends, ["ECONNRESET"]);
    assert.equal(server.executions("s1"), executions);
    assert.equal(
      told(await connection.execute({ id: "s2", durationMs: 5 })),
      "CONNECTION_ENDED unsent",
    );
    await world.clock.advance(2_000);
    assert.equal(server.sessions.size, 0);
    assert.deepEqual(ends, ["ECONNRESET"]);
  }
});

Deno.test("nothing overtakes a lost message: what was sent behind it does not arrive", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  const outcomes = [connection.execute({ id: "s1", durationMs: 5 })];
  world.fate("lost-before");
  outcomes.push(connection.execute({ id: "s2", durationMs: 5 }));
  world.fate("answered");
  outcomes.push(connection.execute({ id: "s3", durationMs: 5 }));
  const all = (await world.clock.until(Promise.all(outcomes))).map(told);
  assert.deepEqual(all, ["ECONNRESET sent", "ECONNRESET sent", "ECONNRESET sent"]);
  await world.clock.advance(2_000);
  assert.deepEqual(["s1", "s2", "s3"].map((id) => server.executions(id)), [1, 0, 0]);
});

Deno.test("on a half-open connection nothing is answered, and closing it settles everything", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  const ends = endsOf(connection);
  connection.goSilent();
  const settled: string[] = [];
  const outcomes = Promise.all([
    connection.execute({ id: "s1", durationMs: 5 }).then((outcome) => settled.push(told(outcome))),
    connection.ping().catch((error) => settled.push(classify(error).code)),
  ]);
  await world.clock.advance(999);
  assert.equal(server.sessions.size, 1);
  assert.deepEqual(settled, []);
  assert.deepEqual(ends, []);
  connection.close();
  await outcomes;
  assert.deepEqual(settled, ["CONNECTION_DESTROYED sent", "CONNECTION_DESTROYED"]);
  assert.deepEqual(ends, ["closed"]);
  await world.clock.advance(100_000);
  assert.equal(server.sessions.size, 0);
  assert.equal(server.executions("s1"), 0);
});

Deno.test("both sides of a half-open connection notice after a while", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  connection.goSilent();
  const outcome = connection.execute({ id: "s1", durationMs: 5 });
  await world.clock.advance(999);
  assert.equal(connection.over, false);
  await world.clock.advance(1);
  assert.equal(told(await outcome), "ECONNRESET sent");
  assert.equal(connection.over, true);
  assert.equal(server.sessions.size, 0);
  assert.equal(server.executions("s1"), 0);
});

Deno.test("a silent network makes a connection half-open at the next message", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  world.fate("silent");
  let settled = false;
  void connection.execute({ id: "s1", durationMs: 5 }).then(() => settled = true);
  world.fate("answered");
  void connection.execute({ id: "s2", durationMs: 5 }).then(() => settled = true);
  server.killSessions();
  await world.clock.advance(999);
  assert.equal(settled, false);
  assert.equal(connection.over, false);
  await world.clock.advance(1);
  assert.deepEqual([server.executions("s1"), server.executions("s2")], [0, 0]);
});

Deno.test("a killed session tells the statement under way why, and the others that it is over", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected({ maxPipelined: 2 });
  const ends = endsOf(connection);
  const order: string[] = [];
  const outcomes = ["s1", "s2", "s3"].map(async (id) => {
    order.push(told(await connection.execute({ id, durationMs: 50 })));
  });
  await world.clock.advance(30);
  server.killSessions(({ username }) => username === "app");
  assert.deepEqual(ends, []);
  await world.clock.until(Promise.all(outcomes));
  assert.deepEqual(order, ["57P01 sent", "CONNECTION_CLOSED sent", "CONNECTION_CLOSED unsent"]);
  assert.deepEqual(ends, ["57P01"]);
  assert.equal(server.ledger.size, 0);
});

Deno.test("a statement takes effect at the end of its duration, and what has arrived outlives the client", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  const sent = connection.execute({ id: "s1", durationMs: 100 });
  const behind = connection.execute({ id: "s2", durationMs: 100 });
  await world.clock.advance(20);
  const ends = endsOf(connection);
  connection.close();
  assert.equal(told(await sent), "CONNECTION_DESTROYED sent");
  assert.equal(told(await behind), "CONNECTION_DESTROYED sent");
  assert.deepEqual(ends, ["closed"]);
  await world.clock.advance(89);
  assert.deepEqual([server.executions("s1"), server.sessions.size], [0, 1]);
  await world.clock.advance(101);
  assert.deepEqual(["s1", "s2"].map((id) => server.executions(id)), [1, 1]);
  assert.equal(server.sessions.size, 0);
});

Deno.test("a frozen process hears of answers and of the end when it runs again, in order", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  const heard: string[] = [];
  connection.onEnd = () => heard.push("end");
  void connection.execute({ id: "s1", durationMs: 5 }).then(async (outcome) => {
    // Whatever an answer sets off is done before the next message is read.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    heard.push(told(outcome));
  });
  world.process.freeze(1_000);
  await world.clock.advance(100);
  assert.equal(server.executions("s1"), 1);
  server.killSessions();
  await world.clock.advance(900);
  assert.deepEqual(heard, []);
  // It reads its sockets a moment after it woke.
  await world.clock.advance(5);
  assert.deepEqual(heard, ["ok", "end"]);
});

Deno.test("a killed process's sessions end, and nothing of it hears of that", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  const other = new ProcessClock(world.clock);
  const login = { host: "db", username: "app", timeoutMs: 500 };
  const right = new Secret("right");
  const stays = await world.clock.until(
    world.clients.connect(other, { ...login, password: right }),
  );
  const heard: unknown[] = [];
  connection.onEnd = (error) => heard.push(error);
  void connection.execute({ id: "s1", durationMs: 50 }).then((outcome) => heard.push(outcome));
  // On its way when the process is killed.
  void world.connect().then((late) => heard.push(late));
  world.clients.kill(world.process);
  await world.clock.advance(20);
  assert.equal(server.sessions.size, 2);
  await world.clock.advance(50);
  assert.deepEqual([...server.sessions], [stays.session]);
  assert.equal(server.executions("s1"), 1);
  assert.deepEqual(heard, []);
  assert.deepEqual([...world.clients.connections], [stays]);
});
