import assert from "node:assert/strict";
import fc from "fast-check";
import {
  alternatingUsers,
  rotate,
  rotationHandler,
  type RotationStrategy,
  singleUser,
} from "../../core/rotation/mod.ts";
import { Crash, type Fate, mortal, type MortalPorts } from "./crashes.ts";
import { type App, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const atOnce = 6;

interface CrashPoint {
  readonly fatal: number;
  readonly fate: Fate;
}

/** The four steps with ports that may die; true when all passed. */
async function invoke(
  app: App,
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

/** A credential that somebody holds logs in; with alternating users, the one that apps hold. */
async function assertReachable(app: App, strategy: RotationStrategy, when: string): Promise<void> {
  const logins: Record<string, string> = {};
  for (const stage of ["current", "pending", "previous"] as const) {
    logins[stage] = await app.login(stage);
  }
  assert.ok(Object.values(logins).includes("ok"), `${when}: ${JSON.stringify(logins)}`);
  if (strategy.name === "alternating-users") assert.equal(logins["current"], "ok", when);
}

/** Crashes at each point in turn, begins anew with the same token, and checks all that must hold. */
async function surviveCrashes(
  app: App,
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
  if (strategy.name === "alternating-users") {
    assert.equal(await app.login("previous"), "ok", when);
    assert.equal(await app.verifier(username), verifier, when);
  }
  return calls;
}

const cases = [
  { strategy: singleUser(), turned: false, name: "single user" },
  { strategy: alternatingUsers(), turned: false, name: "alternating users, no twin yet" },
  { strategy: alternatingUsers(), turned: true, name: "alternating users, back from the twin" },
];

/** An app that has been rotated once already, or not. */
async function prepared({ strategy, turned }: typeof cases[number]): Promise<App> {
  const app = await house.app();
  if (turned) await rotate(app.secretId, app.options(strategy));
  return app;
}

for (const subject of cases) {
  Deno.test(`a rotation that crashes at any call is finished by repeating it: ${subject.name}`, async () => {
    await using whole = await prepared(subject);
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
        await using app = await prepared(subject);
        const seen = await surviveCrashes(app, subject.strategy, [point]);
        // The crash happened at the call it was meant for.
        assert.deepEqual(seen, calls.slice(0, point.fatal + 1));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, crash));
  });

  Deno.test(`a rotation survives several crashes in a row: ${subject.name}`, async () => {
    const point = fc.record({
      fatal: fc.nat({ max: 22 }),
      fate: fc.constantFrom<Fate>("before", "after"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 2, maxLength: 4 }), async (points) => {
        await using app = await prepared(subject);
        await surviveCrashes(app, subject.strategy, points);
      }),
      { numRuns: 8 },
    );
  });

  Deno.test(`two invocations of every step at the same time both end well: ${subject.name}`, async () => {
    await using app = await prepared(subject);
    const token = await app.stage();
    const handler = rotationHandler(app.options(subject.strategy));
    for (const Step of steps) {
      const event = { SecretId: app.secretId, ClientRequestToken: token, Step };
      await Promise.all([handler(event), handler(event), handler(event)]);
    }
    assert.equal(await app.login("current"), "ok");
    assert.ok((await app.labels())[token]?.includes("AWSCURRENT"));
  });
}
