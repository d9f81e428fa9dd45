/** The rotator's ports, every call of which arrives when a scheduler says so, or never returns. */

import type fc from "fast-check";
import type { SimulatedWorld } from "../../../adapters/testing/simulation/world.ts";
import {
  classify,
  SimulatedServerError,
} from "../../../adapters/testing/simulation/database/mod.ts";
import {
  replaced,
  retained,
} from "../../../adapters/testing/simulation/database/second_password.ts";
import type { Clock } from "../../../core/clock.ts";
import type { RotationStore, RotationTarget, TargetSession } from "../../../core/rotation/ports.ts";
import type { Secret } from "../../../core/secret.ts";

/**
 * What becomes of the call at which an invocation dies: it is not sent; it took effect and was not
 * answered; it is still on its way, and takes effect whenever the scheduler says so.
 */
export type CrashFate = "before" | "after" | "in flight";

/** Where an invocation dies. */
export interface Crash {
  /** The number of the port call, from 0. */
  readonly call: number;
  readonly fate: CrashFate;
}

/** What the ports of one invocation are made of. */
export interface ScheduledPortsOptions {
  readonly scheduler: fc.Scheduler;
  readonly world: SimulatedWorld;
  /** Which invocation, in the scheduler's report. */
  readonly name: string;
  readonly crash: Crash | undefined;
  /** Hears of every password that is another one than before. */
  readonly onPasswordChange: (username: string) => void;
}

/**
 * The ports of one invocation. A call takes effect at once and is answered at once when its turn
 * comes: what lies between an answer and the next call is the invocation's alone.
 */
export class ScheduledPorts {
  readonly #options: ScheduledPortsOptions;
  readonly #inFlight: Promise<unknown>[] = [];
  #calls = 0;
  #die = () => {};
  /** Resolves when the invocation dies. */
  readonly crashed: Promise<"crashed"> = new Promise((resolve) => {
    this.#die = () => resolve("crashed");
  });

  constructor(options: ScheduledPortsOptions) {
    this.#options = options;
  }

  /** Resolves when nothing that was sent is still on its way. */
  async landed(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  /** Timers run when the scheduler says so, too: any two of them in any order. */
  get clock(): Clock {
    const { scheduler, name, world } = this.#options;
    return {
      monotonicMs: () => world.clock.monotonicMs(),
      wallMs: () => world.clock.wallMs(),
      setTimer: (_delayMs, fn) => {
        let cancelled = false;
        void scheduler.schedule(Promise.resolve(), `${name}: timer`).then(() => {
          if (!cancelled) fn();
        });
        return { cancel: () => cancelled = true };
      },
    };
  }

  get store(): RotationStore {
    const { store } = this.#options.world;
    const call = this.#call;
    return {
      describe: (id) => call("describe", () => store.describeSecret(id)),
      read: (id, stage) =>
        call(`read ${stage} of ${id}`, () => {
          const versionId = store.versionOf(id, stage);
          // A version that was staged has no value yet.
          if (versionId === undefined || !store.loginOf(id, versionId)) return undefined;
          return store.getSecretValue(id, stage);
        }),
      putPending: (id, version, value) =>
        call(`put ${version}`, () => store.putPending(id, version, value)),
      promote: (id, to, from) => call(`promote ${to}`, () => store.promote(id, to, from)),
      clearPending: (id, version) => call("clear", () => store.clearPending(id, version)),
      generatePassword: () => call("generate", () => store.newPassword()),
    };
  }

  get target(): RotationTarget {
    const { primary } = this.#options.world;
    return {
      engines: ["postgres"],
      usernameLimit: { max: 63, unit: "bytes" },
      login: ({ username, password }) =>
        this.#call(`login of ${username}`, () => {
          try {
            const request = { username, password: password.reveal(), database: undefined };
            primary.login(request, { ended() {} }).end(undefined);
            return { accepted: true, session: this.#session };
          } catch (error) {
            const { kind, code } = classify(error);
            if (kind === "auth") return { accepted: false, code };
            throw error;
          }
        }),
    };
  }

  get #session(): TargetSession {
    const { primary } = this.#options.world;
    const { cluster, instance, standby } = primary;
    const call = this.#call;
    return {
      ping: () => call("ping", () => {}),
      setOwnPassword: (username, password) =>
        call(
          `set the password of ${username}`,
          () => this.#setPassword(username, password.reveal()),
        ),
      ...primary.secondPasswords && {
        retainOwnPassword: (username: string, current: Secret, password: Secret) =>
          call(
            `retain the password of ${username}`,
            () => this.#retain(username, current.reveal(), password.reveal()),
          ),
      },
      provisionTwin: (_username, twin, password) =>
        call(`provision ${twin}`, () => this.#setPassword(twin, password.reveal())),
      identify: () => call("identify", () => ({ cluster, instance, standby })),
      close: () => Promise.resolve(),
    };
  }

  #setPassword(username: string, password: string): void {
    const { primary } = this.#options.world;
    const before = primary.snapshot().get(username)?.passwords ?? [];
    this.#change(username, primary.secondPasswords ? replaced(before, password) : [password]);
  }

  #retain(username: string, current: string, password: string): void {
    const { passwords } = this.#options.world.primary.snapshot().get(username)!;
    if (passwords[0] !== current) throw new SimulatedServerError("3891", "ERROR");
    this.#change(username, retained(passwords, password));
  }

  #change(username: string, passwords: readonly string[]): void {
    const { world: { primary }, onPasswordChange } = this.#options;
    const before = primary.snapshot().get(username)?.passwords;
    primary.setUser(username, { passwords });
    // A set step that comes late may write once more what is there already.
    if (String(before) !== String(passwords)) onPasswordChange(username);
  }

  readonly #call = async <T>(what: string, work: () => T): Promise<T> => {
    const { scheduler, name, crash } = this.#options;
    const number = this.#calls++;
    const fate = number === crash?.call ? crash.fate : undefined;
    if (fate === "before") return this.#crash();
    const turn = scheduler.schedule(Promise.resolve(), `${name}: ${what}`);
    if (fate === "in flight") {
      // What it is refused with, nobody hears.
      this.#inFlight.push(turn.then(work).catch(() => {}));
      return this.#crash();
    }
    await turn;
    if (fate === undefined) return work();
    await Promise.resolve().then(work).catch(() => {});
    return this.#crash();
  };

  #crash(): Promise<never> {
    this.#die();
    return new Promise(() => {});
  }
}
