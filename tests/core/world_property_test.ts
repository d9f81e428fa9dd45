import assert from "node:assert/strict";
import fc from "fast-check";
import { coded, usual } from "../support/fake_source.ts";
import type { FakeServer } from "../support/fake_server.ts";
import { budgetMs, type FakeClient, ttlMs, World } from "./world.ts";

const max = 3;
const runs = 300;

/** How a statement may end: without faults, only by the death of its session. */
const always = new Set(["ok", "57P01"]);
const withFaults = new Set([...always, "LOGIN_BUDGET_EXHAUSTED"]);
const faults = new Set(["store down", "store slow", "server fails"]);

/** What may happen. */
type Happening =
  | { readonly type: "statements"; readonly count: number; readonly durationMs: number }
  | { readonly type: "reserve"; readonly durationMs: number }
  | { readonly type: "rotation step"; readonly alternating: boolean }
  | { readonly type: "kill"; readonly which: number }
  | { readonly type: "kill all" | "store down" | "store slow" | "stale read" | "hint" }
  | { readonly type: "server fails"; readonly kind: "connection" | "busy" | "starting" }
  | { readonly type: "freeze" | "recover" };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("statements" as const),
      count: fc.integer({ min: 1, max: 12 }),
      durationMs: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("reserve" as const),
      durationMs: fc.integer({ min: 1, max: 20_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("rotation step" as const),
      alternating: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("kill" as const), which: fc.nat(max) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(
        ...["kill all", "store down", "store slow", "stale read", "hint"] as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("server fails" as const),
      kind: fc.constantFrom(...["connection", "busy", "starting"] as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom(...["freeze", "recover"] as const) }),
  },
);
const delayMs = fc.integer({ min: 0, max: 4_000 });
const schedule = fc.array(fc.tuple(happening, delayMs), { minLength: 5, maxLength: 40 });
const faultless = schedule.map((happenings) =>
  happenings.filter(([{ type }]) => !faults.has(type))
);

/** Makes things happen in a world with a primary and a replica. */
class Fate {
  readonly world: World;
  readonly clients: readonly FakeClient[];
  readonly servers: readonly FakeServer[];
  readonly outcomes: string[] = [];
  #version = 1;
  #steps: (() => void)[] = [];

  constructor(seed: number, lagMs: number) {
    this.world = new World(seed);
    const replica = this.world.replica(lagMs);
    this.servers = [this.world.primary, replica];
    this.clients = this.servers.map((server) => this.world.client(server, { max }));
  }

  act(what: Happening): void {
    const { source, primary, clock, provider } = this.world;
    switch (what.type) {
      case "statements":
        for (let i = 0; i < what.count; i++) this.#statement(what.durationMs, "share");
        return;
      case "reserve":
        return this.#statement(what.durationMs, "own");
      case "rotation step":
        if (this.#steps.length === 0) this.#steps = this.#rotation(what.alternating);
        return this.#steps.shift()!();
      case "kill":
        for (const server of this.servers) {
          const session = server.sessions[what.which];
          if (session !== undefined) server.end(session);
        }
        return;
      case "kill all":
        return primary.killAll();
      case "store down":
        source.failure = coded("ServiceUnavailable");
        return;
      case "store slow":
        source.delayMs = 700;
        return;
      case "stale read":
        source.staleReads = 2;
        return;
      case "hint":
        return void provider.refresh("hint").catch(() => {});
      case "server fails":
        primary.refusal = { kind: what.kind, code: "FAULT" };
        return;
      case "freeze":
        return clock.freeze(3_600_000);
      case "recover":
        return this.recover();
    }
  }

  recover(): void {
    const { source, primary } = this.world;
    source.failure = undefined;
    source.delayMs = 0;
    source.staleReads = 0;
    primary.refusal = undefined;
  }

  /** The rotation under way comes to its end. */
  finishRotation(): void {
    for (const step of this.#steps.splice(0)) step();
  }

  get rotations(): number {
    return this.#version - 1;
  }

  get versionId(): string {
    return `v${this.#version}`;
  }

  check(): void {
    for (const server of this.servers) {
      assert.ok(server.mostLoginsInFlight <= 1, "two logins at a time");
      assert.ok(server.mostSessions <= max + 1, `${server.mostSessions} sessions`);
    }
    assert.ok(this.world.source.mostInFlight <= 3, "two reads of one stage at a time");
  }

  #statement(durationMs: number, kind: "share" | "own"): void {
    for (const client of this.clients) {
      client.statement(durationMs, kind).then(
        () => this.outcomes.push("ok"),
        (error) => this.outcomes.push(error.code ?? String(error)),
      );
    }
  }

  #rotation(alternating: boolean): (() => void)[] {
    const { source, primary } = this.world;
    this.#version++;
    const { versionId } = this;
    const { username: before } = source.loginOf(source.versionOf("current")!);
    const twin = before === "app" ? "app_clone" : "app";
    const login = usual(versionId, alternating ? twin : before);
    return [
      () => source.create(versionId, login),
      () => primary.setPassword(login.username, login.password),
      () => {
        source.rememberLabels();
        source.finish();
      },
    ];
  }
}

Deno.test("whatever happens, no limit is broken, no waiter is lost, and in the end everything is current", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(schedule, faultless),
      fc.nat(),
      fc.nat(5_000),
      async (happenings, seed, lagMs) => {
        const fate = new Fate(seed, lagMs);
        const { clock, source } = fate.world;
        for (const [what, delayMs] of happenings) {
          fate.act(what);
          await clock.advance(delayMs);
          fate.check();
        }
        fate.recover();
        fate.finishRotation();
        const untilMs = clock.monotonicMs() + ttlMs * 2 + budgetMs + lagMs + 20_000;
        while (clock.monotonicMs() < untilMs) {
          fate.act({ type: "statements", count: 2, durationMs: 10 });
          await clock.advance(1_000);
          fate.check();
        }
        await clock.advance(budgetMs + 1_000);
        for (const { unsettled, endpoint, pool, server } of fate.clients) {
          assert.equal(unsettled, 0, "a waiter was lost");
          const current = source.versionOf("current");
          assert.equal(endpoint.preferred?.versionId, current, "the endpoint");
          assert.equal(pool.stats().versionId, current, "the pool");
          for (const session of server.sessions) assert.equal(session.versionId, current);
        }
        const faulty = happenings.some(([{ type }]) => faults.has(type));
        const allowed = faulty ? withFaults : always;
        for (const outcome of fate.outcomes) assert.ok(allowed.has(outcome), outcome);
        if (!faulty) {
          // So much when rotations overlap a search; when the store is down, one each second.
          const [primary, replica] = fate.servers.map(({ failedLogins }) => failedLogins);
          assert.ok(primary! <= 3 * fate.rotations, `${primary} failed logins on the primary`);
          assert.ok(replica! <= 5 * fate.rotations, `${replica} failed logins on the replica`);
        }
        await fate.world.end();
        assert.equal(clock.timers, 0, "timers are left");
        for (const { sessions } of fate.servers) assert.equal(sessions.length, 0);
      },
    ),
    { numRuns: runs, seed: 20_260_101 },
  );
});
