import assert from "node:assert/strict";
import { SimulatedReplica } from "../../adapters/testing/simulation/database/mod.ts";
import { DatabaseWorld, password } from "./database_world.ts";

const wrong = password("wrong");

Deno.test("a user is locked out after failures in a row, and let in when the time is over", async () => {
  const world = new DatabaseWorld();
  const lockout = { kind: "mysql", afterFailures: 3, lockMs: 1_000 } as const;
  const server = world.server("db", { lockout });
  assert.equal(await world.outcome(wrong), "28P01");
  assert.equal(await world.outcome(wrong), "28P01");
  // A login that succeeds begins the count anew.
  assert.equal(await world.outcome(), "accepted");
  assert.equal(await world.outcome(wrong), "28P01");
  assert.equal(await world.outcome(wrong), "28P01");
  assert.equal(await world.outcome(wrong), "3955");
  assert.equal(server.locksOut("app"), true);
  assert.equal(await world.outcome(), "3955");
  server.setPasswords("app", ["right", "other"]);
  await world.clock.advance(950);
  // What was tried meanwhile prolongs nothing.
  assert.equal(await world.outcome(wrong), "3955");
  assert.equal(server.locksOut("app"), false);
  assert.equal(await world.outcome(), "accepted");
  assert.equal(server.failedLogins.length, 7);
});

Deno.test("with MariaDB's lockout a user stays out until privileges are flushed, or its password is changed", async () => {
  const world = new DatabaseWorld();
  const server = world.server("db", { lockout: { kind: "mariadb", afterFailures: 3 } });
  const lockOut = async () => {
    for (let failures = 0; failures < 3; failures++) {
      assert.equal(await world.outcome(wrong), "28P01");
    }
    assert.equal(await world.outcome(), "4150");
    await world.clock.advance(86_400_000);
    assert.equal(await world.outcome(), "4150");
  };
  await lockOut();
  server.flushPrivileges();
  assert.equal(await world.outcome(), "accepted");
  await lockOut();
  server.setPasswords("app", ["new"]);
  assert.equal(await world.outcome(password("new")), "accepted");
});

Deno.test("a restart lets everybody in again who was locked out", async () => {
  const world = new DatabaseWorld();
  const server = world.server("db", { lockout: { kind: "mariadb", afterFailures: 1 } });
  assert.equal(await world.outcome(wrong), "28P01");
  assert.equal(server.locksOut("app"), true);
  server.restart(10);
  await world.clock.advance(10);
  assert.equal(await world.outcome(), "accepted");
});

Deno.test("nobody counts the failed logins of a user that does not exist", async () => {
  const world = new DatabaseWorld();
  world.server("db", { lockout: { kind: "mysql", afterFailures: 1, lockMs: 1_000 } });
  for (let failures = 0; failures < 3; failures++) {
    assert.equal(await world.outcome({ username: "nobody" }), "28P01");
  }
});

Deno.test("a lockout concerns one user", async () => {
  const world = new DatabaseWorld();
  const lockout = { kind: "mysql", afterFailures: 1, lockMs: 1_000 } as const;
  const server = world.server("db", { lockout });
  server.setUser("other", { passwords: ["right"] });
  assert.equal(await world.outcome(wrong), "3955");
  assert.equal(await world.outcome(), "3955");
  assert.equal(await world.outcome({ username: "other" }), "accepted");
});

Deno.test("several passwords may be valid, and a restored snapshot brings old ones back", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const before = server.snapshot();
  server.setPasswords("app", ["first", "second"]);
  assert.equal(await world.outcome(password("first")), "accepted");
  assert.equal(await world.outcome(password("second")), "accepted");
  assert.equal(await world.outcome(password("right")), "28P01");
  server.restore(before);
  assert.equal(await world.outcome(password("second")), "28P01");
  assert.equal(await world.outcome(password("right")), "accepted");
});

Deno.test("a restart is refused connections, then 57P03, then another instance", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const connection = await world.connected();
  const ends: unknown[] = [];
  connection.onEnd = (error) => ends.push((error as { code: string }).code);
  const { instance, cluster } = server;
  server.restart(1_000, { startingMs: 600 });
  assert.equal(await world.outcome(), "ECONNREFUSED");
  assert.deepEqual(ends, ["57P01"]);
  await world.clock.advance(380);
  assert.equal(await world.outcome(), "57P03");
  await world.clock.advance(580);
  assert.equal(await world.outcome(), "accepted");
  assert.notEqual(server.instance, instance);
  assert.equal(server.cluster, cluster);
});

Deno.test("a replica applies changes in order, at its lag, paused or one by one", async () => {
  const world = new DatabaseWorld();
  const primary = world.server();
  const replica = new SimulatedReplica("replica", primary, { lagMs: 100 });
  const now = () => replica.snapshot().get("app")!.passwords[0];
  primary.setPasswords("app", ["a"]);
  await world.clock.advance(60);
  primary.setPasswords("app", ["b"]);
  await world.clock.advance(39);
  assert.equal(now(), "right");
  await world.clock.advance(1);
  assert.equal(now(), "a");
  replica.pause();
  await world.clock.advance(1_000);
  assert.equal(now(), "a");
  primary.setPasswords("app", ["c"]);
  assert.equal(replica.applyNext(), true);
  assert.equal(now(), "b");
  // The change that is not due yet stays.
  replica.resume();
  assert.equal(now(), "b");
  replica.lagMs = Infinity;
  await world.clock.advance(100_000);
  assert.equal(now(), "b");
  replica.lagMs = 0;
  assert.equal(now(), "c");
  assert.equal(replica.applyNext(), false);
  assert.equal(replica.behind, 0);
});

Deno.test("a replica has sessions and a ledger of its own", async () => {
  const world = new DatabaseWorld();
  const primary = world.server();
  const replica = new SimulatedReplica("replica", primary, { maxSessions: 1 });
  world.hosts.set("replica", [replica]);
  const connection = await world.connected({ host: "replica" });
  assert.equal(await world.outcome({ host: "replica" }), "53300");
  assert.equal(await world.outcome(), "accepted");
  await world.clock.until(connection.execute({ id: "s1", durationMs: 5 }));
  assert.deepEqual([primary.executions("s1"), replica.executions("s1")], [0, 1]);
  assert.throws(() => replica.setPasswords("app", ["x"]), { code: "25006" });
});

Deno.test("a name leads to several servers in turn, or by chance, and elsewhere when changed", async () => {
  const world = new DatabaseWorld();
  const servers = ["a", "b", "c"].map((name) => world.server(name));
  const reached = async () => (await world.connected()).server.name;
  world.hosts.set("db", servers);
  assert.deepEqual([await reached(), await reached(), await reached(), await reached()], [
    ...["a", "b", "c", "a"],
  ]);
  world.hosts.set("db", servers, "random");
  const counts = new Map<string, number>();
  for (let number = 0; number < 60; number++) {
    const name = await reached();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const { name } of servers) assert.ok(counts.get(name)! > 5, `${name}: ${counts.get(name)}`);

  const open = await world.connected({ host: "a" });
  world.hosts.set("a", [servers[1]!]);
  assert.equal((await world.connected({ host: "a" })).server.name, "b");
  await world.clock.until(open.ping());
  world.hosts.set("db:5433", [servers[2]!]);
  assert.equal((await world.connected({ port: 5433 })).server.name, "c");
  assert.equal(await world.outcome({ host: "nowhere" }), "ENOTFOUND");
});

Deno.test("the timeline is the same every time, and has no password", async () => {
  const run = async () => {
    const world = new DatabaseWorld();
    const server = world.server();
    await world.outcome(password("guess"));
    const connection = await world.connected();
    await world.clock.until(connection.execute({ id: "s1", durationMs: 5 }));
    server.setPasswords("app", ["fresh"]);
    server.killSessions();
    world.fate("lost-after");
    await world.outcome(password("fresh"));
    server.restart(1_000);
    await world.outcome();
    return world.timeline.toString();
  };
  const text = await run();
  assert.equal(await run(), text);
  for (const value of ["right", "guess", "fresh"]) assert.ok(!text.includes(value), text);
  assert.deepEqual(text.trimEnd().split("\n").map((line) => line.slice(28)), [
    "user app changed",
    "login of app: 28P01",
    "login of app: session 1",
    "session 1 executed s1",
    "password of app changed by administrator",
    "session 1 ended: 57P01",
    "login of app: lost-after",
    "login of app: session 2",
    "down",
    "session 2 ended: 57P01",
    "login of app: lost-after",
    "login of app: down",
  ]);
});
