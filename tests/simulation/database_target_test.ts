import assert from "node:assert/strict";
import type { TargetSession } from "../../core/rotation/ports.ts";
import { Secret } from "../../core/secret.ts";
import {
  SimulatedReplica,
  SimulatedTarget,
} from "../../adapters/testing/simulation/database/mod.ts";
import { DatabaseWorld, password } from "./database_world.ts";

/** A target, and what a checker hears of it. */
function targetIn(world: DatabaseWorld): { target: SimulatedTarget; changes: string[] } {
  const changes: string[] = [];
  const target = new SimulatedTarget(world.clients, world.process, {
    connectTimeoutMs: 500,
    onPasswordChange: ({ name }, username, by) => changes.push(`${name} ${username} ${by}`),
  });
  return { target, changes };
}

const login = { host: "db", port: undefined, username: "app", password: new Secret("right") };

async function session(
  world: DatabaseWorld,
  target: SimulatedTarget,
  given: Partial<typeof login> = {},
): Promise<TargetSession> {
  const outcome = await world.clock.until(target.login({ ...login, ...given }));
  assert.ok(outcome.accepted);
  return outcome.session;
}

Deno.test("a refused credential is an outcome, everything else is thrown", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const { target } = targetIn(world);
  const refused = await world.clock.until(target.login({ ...login, password: new Secret("no") }));
  assert.deepEqual(refused, { accepted: false, code: "28P01" });
  server.maxSessions = 0;
  await assert.rejects(world.clock.until(target.login(login)), { code: "53300" });
  world.fate("silent");
  await assert.rejects(world.clock.until(target.login(login)), { code: "CONNECT_TIMEOUT" });
});

Deno.test("the own password replaces all others, and a checker hears of it", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const { target, changes } = targetIn(world);
  server.setPasswords("app", ["right", "second"]);
  const own = await session(world, target);
  await world.clock.until(own.ping());
  await world.clock.until(own.setOwnPassword("app", new Secret("new")));
  assert.deepEqual(changes, ["db app rotator"]);
  assert.equal(await world.outcome(password("second")), "28P01");
  assert.equal(await world.outcome(password("new")), "accepted");
  await assert.rejects(world.clock.until(own.setOwnPassword("other", new Secret("new"))));
  await world.clock.until(own.close());
  await assert.rejects(own.ping(), { code: "CONNECTION_ENDED" });
});

Deno.test("where a user has two passwords the second stays, until another one is retained", async () => {
  const world = new DatabaseWorld();
  const server = world.server("db", { secondPasswords: true });
  const { target, changes } = targetIn(world);
  const own = await session(world, target);
  const secret = (value: string) => new Secret(value);
  const now = () => server.snapshot().get("app")!.passwords;
  await world.clock.until(own.retainOwnPassword!("app", secret("right"), secret("a")));
  assert.deepEqual(now(), ["a", "right"]);
  await world.clock.until(own.setOwnPassword("app", secret("b")));
  assert.deepEqual(now(), ["b", "right"]);
  await world.clock.until(own.retainOwnPassword!("app", secret("b"), secret("c")));
  assert.deepEqual(now(), ["c", "b"]);
  assert.equal(await world.outcome(password("b")), "accepted");
  assert.equal(await world.outcome(password("right")), "28P01");

  // What is retained or kept must be the primary one: else nothing happens, and no login failed.
  for (const wrong of [secret("b"), secret("right")]) {
    const retaining = own.retainOwnPassword!("app", wrong, secret("d"));
    await assert.rejects(world.clock.until(retaining), { code: "3891" });
    const discarding = own.discardOldPassword!("app", wrong);
    await assert.rejects(world.clock.until(discarding), { code: "3891" });
  }
  assert.equal(server.failedLogins.length, 1);
  await world.clock.until(own.discardOldPassword!("app", secret("c")));
  await world.clock.until(own.discardOldPassword!("app", secret("c")));
  assert.deepEqual(now(), ["c"]);
  assert.equal(changes.length, 5);

  await world.clock.until(own.retainOwnPassword!("app", secret("c"), secret("d")));
  await world.clock.until(own.setOwnPassword("app", secret("")));
  assert.deepEqual(now(), [""]);
});

Deno.test("where a user has one password, a session offers no second one", async () => {
  const world = new DatabaseWorld();
  world.server();
  const own = await session(world, targetIn(world).target);
  assert.equal(own.retainOwnPassword, undefined);
  assert.equal(own.discardOldPassword, undefined);
});

Deno.test("a change whose answer is lost has happened, one that is lost itself has not", async () => {
  for (const [fate, outcome] of [["lost-after", "accepted"], ["lost-before", "28P01"]] as const) {
    const world = new DatabaseWorld();
    world.server();
    const { target } = targetIn(world);
    const own = await session(world, target);
    world.fate(fate);
    await assert.rejects(
      world.clock.until(own.setOwnPassword("app", new Secret("new"))),
      { code: "ECONNRESET" },
    );
    world.fate("answered");
    assert.equal(await world.outcome(password("new")), outcome);
  }
});

Deno.test("a twin is made, or given another password, by an administrator alone", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  const { target, changes } = targetIn(world);
  server.setUser("admin", { passwords: ["right"], admin: true });
  const twin = (session: TargetSession, username: string, value: string) =>
    world.clock.until(session.provisionTwin(username, "app_clone", new Secret(value)));

  await assert.rejects(twin(await session(world, target), "app", "a"), { code: "42501" });
  const admin = await session(world, target, { username: "admin" });
  await assert.rejects(twin(admin, "missing", "a"), { code: "ROTATION_MISMATCH" });
  assert.equal(server.snapshot().has("app_clone"), false);
  await twin(admin, "app", "a");
  assert.equal(await world.outcome({ username: "app_clone", ...password("a") }), "accepted");
  await twin(admin, "app", "b");
  assert.equal(await world.outcome({ username: "app_clone", ...password("a") }), "28P01");
  assert.equal(await world.outcome({ username: "app_clone", ...password("b") }), "accepted");
  assert.equal(await world.outcome(), "accepted");
  assert.deepEqual(changes, ["db app_clone rotator", "db app_clone rotator"]);
});

Deno.test("a replica is of the same cluster, another instance, and changes nothing", async () => {
  const world = new DatabaseWorld();
  const server = world.server();
  world.hosts.set("replica", [new SimulatedReplica("replica", server)]);
  const { target, changes } = targetIn(world);
  const own = await session(world, target, { host: "replica" });
  assert.deepEqual(await world.clock.until(own.identify()), {
    cluster: "db",
    instance: "replica/1",
    standby: true,
  });
  await assert.rejects(
    world.clock.until(own.setOwnPassword("app", new Secret("new"))),
    { code: "25006" },
  );
  assert.deepEqual(changes, []);
});
