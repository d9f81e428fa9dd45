/** The ladder never goes round in a circle: sooner or later, it waits. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Credential, VersionStage } from "../../core/credential.ts";
import { Ladder, type LadderAction } from "../../core/endpoint/ladder.ts";
import { Secret } from "../../core/secret.ts";
import { SeededRandom } from "../../adapters/testing/seeded_random.ts";

const stages: readonly VersionStage[] = ["current", "pending", "previous"];
const versions: readonly Credential[] = ["app", "app", "app_clone", "app"].map((
  username,
  index,
) => ({
  versionId: `v${index}`,
  username,
  password: new Secret(`password ${index}`),
  stage: "current",
}));

/**
 * The most actions of one search between two waits, whatever store and server answer:
 * - Logins: after 2 refusals in a row the ladder rests for a second, unless it learned of a version,
 *   and it learns of each once, or what was accepted until then is refused, which counts as the
 *   first in a row and happens once. So there are 2 for each version, and 3 more.
 * - Reads: a round reads each stage once. It begins anew with a refusal, once when the labels moved
 *   between two reads of it, and with a wait; current is read once more for each version that it
 *   learned of as previous.
 */
const logins = 2 * (versions.length + 1) + 1;
const reads = stages.length * (logins + 1) + stages.length + versions.length;

/** What a question is answered with; which part of it is the answer, the question says. */
interface Answer {
  readonly version: Credential | undefined;
  readonly locked: boolean;
  readonly unavailable: boolean;
}

const questions = [...stages, ...versions.map(({ versionId }) => versionId)];

function subjectOf(action: Exclude<LadderAction, { readonly type: "wait" }>): string {
  return action.type === "read" ? action.stage : action.candidate.credential.versionId;
}

const version = fc.constantFrom(...versions, undefined);
const answer: fc.Arbitrary<Answer> = fc.record({
  version,
  locked: fc.nat(9).map((number) => number === 0),
  unavailable: fc.nat(9).map((number) => number === 0),
});

/** What happened before the search, or happens while it waits. */
const happening = fc.record({
  kind: fc.constantFrom(...["push", "accept", "reprobe", "nothing"] as const),
  version,
});

Deno.test("a search asks and tries so often at most between two waits, whatever it is answered", () => {
  const world = fc.record({
    seed: fc.nat(),
    // A world that answers a question always in the same way, or every time in another one.
    isStatic: fc.boolean(),
    // Less than a second for all of them: by then a refused version may be tried again.
    latencyMs: fc.constantFrom(0, 0.001, 2, 15),
    answers: fc.array(answer, { minLength: 7, maxLength: 60 }),
    before: fc.array(happening, { maxLength: 4 }),
    meanwhile: fc.array(happening, { minLength: 1, maxLength: 4 }),
  });
  let most = 0;
  fc.assert(
    fc.property(world, ({ seed, isStatic, latencyMs, answers, before, meanwhile }) => {
      const isNewer = (a: string, b: string) => a > b;
      const ladder = new Ladder(isNewer, new SeededRandom(seed));
      let nowMs = 1_000;
      let asked = 0;
      const happen = ({ kind, version }: typeof meanwhile[number]) => {
        if (kind === "reprobe") ladder.reprobe(nowMs);
        if (version === undefined) return;
        if (kind === "push") ladder.push(version);
        if (kind === "accept") ladder.onAccepted({ credential: version, stage: "current" });
      };
      before.forEach(happen);
      ladder.begin();
      for (let waits = 0; waits < 8; waits++) {
        const count = { read: 0, login: 0 };
        for (;;) {
          const action = ladder.next(nowMs);
          if (action.type === "wait") {
            assert.ok(action.delayMs > 0);
            assert.ok(nowMs + action.delayMs > nowMs, "the clock would not notice");
            nowMs += action.delayMs;
            break;
          }
          nowMs += latencyMs;
          count[action.type]++;
          most = Math.max(most, count.read + count.login);
          assert.ok(count.login <= logins && count.read <= reads, JSON.stringify(count));
          const number = isStatic ? questions.indexOf(subjectOf(action)) : asked++;
          const given = answers[number % answers.length]!;
          if (action.type === "login") {
            if (given.unavailable) ladder.onUnavailable(nowMs);
            else ladder.onRejected(action.candidate, nowMs, given.locked);
          } else ladder.onRead(action.stage, given.version);
        }
        happen(meanwhile[waits % meanwhile.length]!);
      }
    }),
    { numRuns: 20_000, seed: 1 },
  );
  // The bound says something: it is not far from what happens.
  assert.ok(most > 10, `${most}`);
});
