/** Ports that die at a chosen call, as a process does that is killed between or inside steps. */

import type {
  LoginOutcome,
  RotationStore,
  RotationTarget,
  TargetSession,
} from "../../core/rotation/mod.ts";

/** Whether the call at which the process dies still takes effect. */
export type Fate = "before" | "after";

/** What a dead process's calls end with. */
export class Crash extends Error {}

export interface MortalPorts {
  readonly store: RotationStore;
  readonly target: RotationTarget;
  /** The calls so far, by name, the fatal one included. */
  readonly calls: readonly string[];
}

/**
 * The same store and target, until call number `fatal` (from 0; none if it is never reached). That
 * call is executed or not, its answer is lost, and every later call fails.
 */
export function mortal(
  ports: { readonly store: RotationStore; readonly target: RotationTarget },
  fatal: number,
  fate: Fate,
): MortalPorts {
  const calls: string[] = [];
  async function call<T>(name: string, body: () => Promise<T>): Promise<T> {
    const number = calls.length;
    if (number > fatal) throw new Crash(`${name} after the crash`);
    calls.push(name);
    if (number < fatal) return await body();
    if (fate === "after") await discard(await body());
    throw new Crash(`crash ${fate} ${name}`);
  }
  const session = (real: TargetSession): TargetSession => ({
    ping: () => call("ping", () => real.ping()),
    setOwnPassword: (...args) => call("setOwnPassword", () => real.setOwnPassword(...args)),
    ...real.retainOwnPassword && {
      retainOwnPassword: (...args) =>
        call("retainOwnPassword", () => real.retainOwnPassword!(...args)),
    },
    ...real.discardOldPassword && {
      discardOldPassword: (...args) =>
        call("discardOldPassword", () => real.discardOldPassword!(...args)),
    },
    provisionTwin: (...args) => call("provisionTwin", () => real.provisionTwin(...args)),
    identify: () => call("identify", () => real.identify()),
    // The operating system closes what a dead process had open.
    close: () => real.close(),
  });
  const { store, target } = ports;
  return {
    calls,
    store: {
      describe: (...args) => call("describe", () => store.describe(...args)),
      read: (id, stage) => call(`read ${stage}`, () => store.read(id, stage)),
      putPending: (...args) => call("putPending", () => store.putPending(...args)),
      promote: (...args) => call("promote", () => store.promote(...args)),
      clearPending: (...args) => call("clearPending", () => store.clearPending(...args)),
      generatePassword: () => call("generatePassword", () => store.generatePassword()),
    },
    target: {
      ...target,
      async login(login) {
        const outcome = await call("login", () => target.login(login));
        return outcome.accepted ? { accepted: true, session: session(outcome.session) } : outcome;
      },
    },
  };
}

async function discard(answer: unknown): Promise<void> {
  const outcome = answer as Partial<LoginOutcome> | undefined;
  if (outcome?.accepted === true) await outcome.session?.close();
}
