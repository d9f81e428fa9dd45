/** The simulated store, asked for facts. */

import { secretId, type Subject } from "./subject.ts";
import { storeWorld } from "./world.ts";

/** A store in a world of its own, in which time passes as long as somebody waits. */
export function simulatedSubject(): Promise<Subject> {
  const { clock, store, process } = storeWorld();
  const rotation = store.rotationStoreFor(process, "rotator");
  const source = store.sourceFor(process, "app", secretId);
  const done = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));
  return Promise.resolve({
    rotation: {
      describe: (...given) => clock.until(rotation.describe(...given)),
      read: (...given) => clock.until(rotation.read(...given)),
      putPending: (...given) => clock.until(rotation.putPending(...given)),
      promote: (...given) => clock.until(rotation.promote(...given)),
      clearPending: (...given) => clock.until(rotation.clearPending(...given)),
      generatePassword: () => clock.until(rotation.generatePassword()),
    },
    source: {
      name: source.name,
      async read(stage, options) {
        const reading = source.read(stage, options);
        // A read that nobody answers ends in its own time.
        reading.catch(() => {});
        await clock.advance(10);
        return await reading;
      },
    },
    startRotation: (versionId) => done(() => store.startRotation(secretId, versionId)),
    rotate: (versionId, value) =>
      done(() => {
        store.startRotation(secretId, versionId);
        const current = store.versionOf(secretId, "current")!;
        store.putPending(secretId, versionId, value);
        store.promote(secretId, versionId, current);
        store.completeRotation(secretId, versionId);
      }),
    cancelRotation: () => done(() => store.cancelRotation(secretId)),
    stageWithoutValue: (versionId) => done(() => store.stageWithoutValue(secretId, versionId)),
    putCurrent: (versionId, value) => done(() => store.putCurrent(secretId, versionId, value)),
    rollBack: () => done(() => store.rollBack(secretId)),
    inject(fault) {
      const injected = store.faults.inject(fault);
      return () => injected.remove();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}
