import assert from "node:assert/strict";
import type { FakeServer } from "../support/fake_server.ts";
import { usual } from "../support/fake_source.ts";
import { SeededRandom } from "../../adapters/testing/seeded_random.ts";
import { budgetMs, type FakeClient, ttlMs, World } from "./world.ts";

const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1);
const rotations = 3;

interface Scenario {
  readonly strategy: "single user" | "alternating users";
  /** How long between the set and the finish step, at most. */
  readonly gapMs: number;
  /** How far the replica lags, at most; without it, there is none. */
  readonly lagMs?: number;
  /** Whether an event tells of the end of the rotation. */
  readonly hinted: boolean;
}

/** Statements and lost sessions while `until` is not settled, or for so long. */
async function traffic(
  world: World,
  clients: readonly FakeClient[],
  random: SeededRandom,
  durationMs: number,
): Promise<void> {
  const untilMs = world.clock.monotonicMs() + durationMs;
  while (world.clock.monotonicMs() < untilMs) {
    for (const client of clients) {
      const kind = random.next() < 0.2 ? "own" : "share";
      client.statement(1 + random.below(80), kind).catch((error) => {
        // A killed session is surfaced; nothing else may go wrong.
        if (error.code !== "57P01") failures.push(error);
      });
      const [session] = client.server.sessions;
      if (session !== undefined && random.next() < 0.3) client.server.end(session);
    }
    await world.clock.advance(20 + random.below(300));
  }
}

let failures: unknown[] = [];

async function rotate(
  world: World,
  clients: readonly FakeClient[],
  random: SeededRandom,
  number: number,
  { strategy, gapMs, hinted }: Scenario,
): Promise<void> {
  const { source, primary, provider } = world;
  const versionId = `v${number}`;
  const twin = number % 2 === 0 ? "app_clone" : "app";
  const username = strategy === "single user" ? "app" : twin;
  source.create(versionId, usual(versionId, username));
  await traffic(world, clients, random, random.below(1_000));
  primary.setPassword(username, `password-of-${versionId}`);
  await traffic(world, clients, random, random.below(gapMs + 1));
  source.finish();
  if (hinted) await provider.refresh("RotationSucceeded");
  await traffic(world, clients, random, 2_000);
}

async function simulate(seed: number, scenario: Scenario): Promise<void> {
  const random = new SeededRandom(seed);
  const world = new World(seed);
  failures = [];
  const lagMs = scenario.lagMs === undefined ? 0 : random.below(scenario.lagMs + 1);
  const clients = [world.client()];
  if (scenario.lagMs !== undefined) clients.push(world.client(world.replica(lagMs)));
  await traffic(world, clients, random, 1_000);
  for (let number = 2; number < 2 + rotations; number++) {
    const before = clients.map(({ server }) => server.failedLogins);
    await rotate(world, clients, random, number, scenario);
    await traffic(world, clients, random, ttlMs + budgetMs + lagMs);
    const about = `seed ${seed}, lag ${lagMs}`;
    const count = (server: FakeServer, index: number) => server.failedLogins - before[index]!;
    const [primary = 0, replica = 0] = clients.map(({ server }, index) => count(server, index));
    assert.ok(primary <= 1, `${primary} failed logins on the primary: ${about}`);
    assert.ok(replica <= 2, `${replica} failed logins on the replica: ${about}`);
    for (const { endpoint, pool } of clients) {
      assert.equal(endpoint.preferred?.versionId, `v${number}`, about);
      assert.equal(pool.stats().versionId, `v${number}`, about);
    }
  }
  await world.end();
  assert.deepEqual(failures, [], `statements failed: seed ${seed}`);
  assert.equal(world.clock.timers, 0);
}

const scenarios: Scenario[] = [
  { strategy: "single user", gapMs: 0, hinted: false },
  { strategy: "single user", gapMs: 3_000, hinted: true },
  { strategy: "single user", gapMs: 3_000, hinted: false, lagMs: 8_000 },
  { strategy: "single user", gapMs: 3_000, hinted: true, lagMs: 8_000 },
  { strategy: "alternating users", gapMs: 3_000, hinted: true },
  { strategy: "alternating users", gapMs: 1_000, hinted: true, lagMs: 8_000 },
];
for (const scenario of scenarios) {
  const { strategy, gapMs, hinted, lagMs } = scenario;
  const name = `${strategy}, a gap of ${gapMs} ms, ${hinted ? "with" : "without"} an event` +
    (lagMs === undefined ? "" : `, a replica that lags up to ${lagMs} ms`);
  Deno.test(`no statement fails, at most 1 failed login on the primary and 2 on a replica: ${name}`, async () => {
    for (const seed of seeds) await simulate(seed, scenario);
  });
}

Deno.test("alternating users meet no failed login at all on a server that does not lag", async () => {
  for (const seed of seeds) {
    const random = new SeededRandom(seed);
    const world = new World(seed);
    failures = [];
    const client = world.client();
    await traffic(world, [client], random, 500);
    const scenario = { strategy: "alternating users", gapMs: 2_000, hinted: true } as const;
    for (const number of [2, 3, 4]) await rotate(world, [client], random, number, scenario);
    assert.equal(world.primary.failedLogins, 0, `seed ${seed}`);
    await world.end();
    assert.deepEqual(failures, []);
  }
});
