/** Processes that die on the way. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { rotate, rotationHandler, type RotationStrategy } from "../../../core/rotation/mod.ts";
import { Crash, type Fate, mortal, type MortalPorts } from "../crashes.ts";
import type { App, House } from "../fixture.ts";
import type { Fact } from "./fact.ts";
import { strategiesOf } from "./strategies.ts";

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const atOnce = 6;

interface CrashPoint {
  readonly fatal: number;
  readonly fate: Fate;
}

/** The four steps with ports that may die; true when all passed. */
async function invoke(
  app: App<unknown>,
  strategy: RotationStrategy,
  token: string,
  ports: Pick<MortalPorts, "store" | "target">,
): Promise<boolean> {
  const handler = rotationHandler({ ...app.options(strategy), ...ports });
  try {
    for (const Step of steps) {
      await handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
    }
    return true;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return false;
  }
}

/** A credential that somebody holds logs in; unless there is but one password, the one that apps hold. */
async function assertReachable(
  app: App<unknown>,
  strategy: RotationStrategy,
  when: string,
): Promise<void> {
  const logins: Record<string, string> = {};
  for (const stage of ["current", "pending", "previous"] as const) {
    logins[stage] = await app.login(stage);
  }
  assert.ok(Object.values(logins).includes("ok"), `${when}: ${JSON.stringify(logins)}`);
  if (strategy.name !== "single-user") assert.equal(logins["current"], "ok", when);
}

/** Crashes at each point in turn, begins anew with the same token, and checks all that must hold. */
async function surviveCrashes(
  app: App<unknown>,
  strategy: RotationStrategy,
  points: readonly CrashPoint[],
): Promise<readonly string[]> {
  const { username } = (await app.payload("current"))!;
  const verifier = await app.verifier(username);
  assert.ok(verifier);
  const token = await app.stage();
  let calls: readonly string[] = [];
  for (const { fatal, fate } of points) {
    const ports = mortal(app, fatal, fate);
    await invoke(app, strategy, token, ports);
    calls = ports.calls;
    const when = `${strategy.name}, crash ${fate} call ${fatal} of ${calls.join(", ")}`;
    await assertReachable(app, strategy, when);
    if (strategy.name === "alternating-users") {
      assert.equal(await app.verifier(username), verifier, when);
    }
  }
  const when = `${strategy.name} after ${JSON.stringify(points)}`;
  assert.ok(await invoke(app, strategy, token, app), when);
  assert.ok((await app.labels())[token]?.includes("AWSCURRENT"), when);
  assert.equal(await app.login("current"), "ok", when);
  if (strategy.name !== "single-user") assert.equal(await app.login("previous"), "ok", when);
  if (strategy.name === "alternating-users") {
    assert.equal(await app.verifier(username), verifier, when);
  }
  return calls;
}

/** Every strategy, before and after a first rotation. */
interface Subject {
  readonly strategy: RotationStrategy;
  readonly turned: boolean;
}

/** An app that has been rotated once already, or not. */
async function prepared(house: House<unknown>, { strategy, turned }: Subject) {
  const app = await house.app();
  if (turned) await rotate(app.secretId, app.options(strategy));
  return app;
}

export const crashFacts: readonly Fact[] = [
  {
    name: "a rotation that crashes at any call is finished by repeating it",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        // A twin that exists, and one that does not, are different work.
        if (strategy.name === "alternating-users") {
          await crashAnywhere(house, { strategy, turned: false });
        }
        await crashAnywhere(house, { strategy, turned: true });
      }
    },
  },
  {
    name: "a rotation survives several crashes in a row",
    async check(house, kind) {
      const point = fc.record({
        fatal: fc.nat({ max: 22 }),
        fate: fc.constantFrom<Fate>("before", "after"),
      });
      const subject = fc.record({
        strategy: fc.constantFrom(...strategiesOf(kind)),
        turned: fc.boolean(),
      });
      const points = fc.array(point, { minLength: 2, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(subject, points, async (subject, points) => {
          await using app = await prepared(house, subject);
          await surviveCrashes(app, subject.strategy, points);
        }),
        { numRuns: 24 },
      );
    },
  },
];

async function crashAnywhere(house: House<unknown>, subject: Subject): Promise<void> {
  await using whole = await prepared(house, subject);
  const calls = await surviveCrashes(whole, subject.strategy, [
    { fatal: Infinity, fate: "before" },
  ]);
  const points = calls.flatMap((_, fatal): CrashPoint[] => [
    { fatal, fate: "before" },
    { fatal, fate: "after" },
  ]);
  // Less would mean that the ports are no longer wrapped where it matters.
  assert.ok(points.length > 30, `only ${points.length} crash points: ${calls.join(", ")}`);
  assert.ok(calls.includes("promote") && calls.includes("putPending"));

  const queue = [...points];
  const crash = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
      await using app = await prepared(house, subject);
      const seen = await surviveCrashes(app, subject.strategy, [point]);
      // The crash happened at the call it was meant for.
      assert.deepEqual(seen, calls.slice(0, point.fatal + 1));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, crash));
}
