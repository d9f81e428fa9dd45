/** One client process: `Endpoint` around a real ladder, without promises. */

import type { Credential } from "../../../core/credential.ts";
import type { Candidate, Ladder } from "../../../core/endpoint/ladder.ts";
import type { Random } from "../../../core/random.ts";
import { Secret } from "../../../core/secret.ts";
import type { Machines } from "./opened.ts";
import { Monitor } from "./monitor.ts";
import { userOf } from "./outside.ts";
import type { ProviderModel } from "./provider_model.ts";
import type { Settings, Version } from "./settings.ts";
import { copyFields, describe } from "./snapshot.ts";

type Stage = "current" | "pending" | "previous";

/** What the endpoint waits for. At most one login is under way. */
export type Phase =
  | { readonly type: "idle" }
  | { readonly type: "login"; readonly candidate: Candidate; readonly atMs: number }
  | { readonly type: "probe"; readonly candidate: Candidate; readonly atMs: number }
  | { readonly type: "read"; readonly stage: Stage; readonly answer?: Version | undefined }
  | { readonly type: "wait"; readonly untilMs: number; readonly probe?: boolean };

const idle: Phase = { type: "idle" };
const password = new Secret("of no account");

/** The credentials of a strategy: one object for each version. */
export function credentialsFor(settings: Settings): (version: Version) => Credential {
  const known: Credential[] = [];
  return (version) =>
    known[version] ??= Object.freeze({
      versionId: `v${version}`,
      username: userOf(version, settings) === 0 ? "app" : "app_clone",
      password,
      stage: "current",
    });
}

/** The number of a credential's version. */
export function versionOf({ versionId }: Credential): Version {
  return Number(versionId.slice(1));
}

/** What all forks of a client have in common. */
export interface Surroundings {
  readonly machines: Machines;
  readonly random: Random;
  readonly credential: (version: Version) => Credential;
}

/** Mirrors `Endpoint` and the shell of the pool, decision for decision. */
export class ClientModel {
  readonly #around: Surroundings;
  readonly provider: ProviderModel;
  readonly ladder: Ladder;
  monitor = new Monitor();
  phase: Phase = idle;
  nowMs = 0;
  /** A probe waits for its turn. */
  wanted = false;
  /** The timer after which what was rejected is probed again. */
  reprobe = false;
  /** Whether something in the database or the store was rolled back so far. */
  wasRolledBack = false;
  /** Every action of the ladder, when somebody listens. */
  onAction: ((action: string) => void) | undefined;

  constructor(around: Surroundings, provider: ProviderModel) {
    this.#around = around;
    this.provider = provider;
    const { Ladder } = around.machines;
    this.ladder = new Ladder((a, b) => provider.order.isNewer(a, b), around.random);
  }

  fork(): ClientModel {
    const copy = new ClientModel(this.#around, this.provider.fork());
    copyFields(this.ladder, copy.ladder);
    copy.monitor = this.monitor.fork();
    copy.phase = this.phase;
    copy.nowMs = this.nowMs;
    copy.wanted = this.wanted;
    copy.reprobe = this.reprobe;
    copy.wasRolledBack = this.wasRolledBack;
    return copy;
  }

  /** Everything that its behaviour depends on. */
  describe(): string {
    const { provider: { cached, suspect, order }, phase, nowMs } = this;
    const doubt = suspect && `${suspect.version}@${Math.max(suspect.atMs - nowMs, -1_000)}`;
    return `${describe(this.ladder, nowMs)}${describe(order, 0)}${cached},${doubt},` +
      `${this.wanted},${this.reprobe},${this.wasRolledBack},${describePhase(phase, nowMs)}`;
  }

  /** The version that new connections log in with. */
  get preferred(): Version | undefined {
    const { preferred } = this.ladder;
    return preferred && versionOf(preferred);
  }

  /** Mirrors `login`: a search begins. */
  want(): void {
    this.ladder.begin();
    this.#proceed();
  }

  /** The budget of the search is spent. */
  giveUp(): void {
    this.phase = idle;
  }

  /** Mirrors `probe`. */
  probe(): void {
    this.wanted = false;
    const restMs = this.ladder.restMs(this.nowMs);
    if (restMs > 0) {
      this.phase = { type: "wait", untilMs: this.nowMs + restMs, probe: true };
      return;
    }
    this.phase = idle;
    const { target } = this.ladder;
    if (target === undefined) return;
    const candidate: Candidate = { credential: target, stage: "current" };
    this.onAction?.(`probe ${target.versionId}`);
    this.phase = { type: "probe", candidate, atMs: this.nowMs };
  }

  /** The wait of the search or of the probe is over, now or before its time. */
  awake(nowMs: number): void {
    this.nowMs = nowMs;
    if (this.phase.type === "wait" && this.phase.probe) this.probe();
    else this.#proceed();
  }

  /** The login under way was answered. */
  answered(accepted: boolean): void {
    const { phase } = this;
    if (phase.type !== "login" && phase.type !== "probe") throw new Error("nothing is under way");
    this.phase = idle;
    if (accepted) return this.#accepted(phase.candidate);
    this.#rejected(phase);
    if (phase.type === "login") this.#proceed();
  }

  /** The read of current that is under way was answered; `joined`: the search waited for it. */
  readCurrent(version: Version, joined: boolean): void {
    const tell = this.provider.current(version, this.nowMs);
    if (tell) this.#pushed(version);
    if (joined) this.#found("current", this.provider.cached);
  }

  /** A read of another stage for the search was answered. */
  readOther(stage: "pending" | "previous", version: Version | undefined): void {
    this.provider.other(stage, version);
    this.#found(stage, version);
  }

  /** Mirrors the timer of `#scheduleReprobe`. */
  reprobeNow(): void {
    this.reprobe = false;
    this.ladder.reprobe(this.nowMs);
    this.#pursue();
  }

  #found(stage: Stage, version: Version | undefined): void {
    if (version !== undefined) this.monitor.saw(version);
    this.ladder.onRead(stage, this.#credential(version));
    this.#proceed();
  }

  /** Mirrors `#search`, from one action to the next. */
  #proceed(): void {
    while (true) {
      const action = this.ladder.next(this.nowMs);
      if (action.type === "wait") {
        this.onAction?.(`wait ${action.delayMs}`);
        this.phase = { type: "wait", untilMs: this.nowMs + action.delayMs };
        return;
      }
      if (action.type === "login") {
        const { candidate } = action;
        this.onAction?.(`login ${candidate.credential.versionId}`);
        this.phase = { type: "login", candidate, atMs: this.nowMs };
        return;
      }
      this.onAction?.(`read ${action.stage}${action.fresh ? "" : " cached"}`);
      const cold = action.stage === "current" && this.preferred === undefined;
      if (!cold || action.fresh || this.provider.cached === undefined) {
        this.phase = { type: "read", stage: action.stage };
        return;
      }
      this.monitor.saw(this.provider.cached);
      this.ladder.onRead("current", this.#credential(this.provider.cached));
    }
  }

  #accepted(candidate: Candidate): void {
    const { monitor, provider, preferred: before } = this;
    const version = versionOf(candidate.credential);
    const acceptance = this.ladder.onAccepted(candidate);
    this.onAction?.(`accepted v${version}, preferred v${this.preferred}`);
    monitor.accepted(version, before, this.preferred!, acceptance, this.wasRolledBack);
    if (!acceptance.changed || provider.cached === undefined) return;
    if (provider.order.isNewer(`v${provider.cached}`, `v${version}`)) {
      this.ladder.push(this.#credential(provider.cached)!);
      this.#pursue();
    }
  }

  #rejected({ type, candidate, atMs }: Extract<Phase, { readonly atMs: number }>): void {
    const { versionId } = candidate.credential;
    const wasTarget = this.ladder.target?.versionId === versionId;
    this.ladder.onRejected(candidate, this.nowMs);
    this.onAction?.(`rejected ${versionId}`);
    const version = versionOf(candidate.credential);
    this.monitor.rejected(version, atMs, this.nowMs, type === "probe");
    if (wasTarget) this.reprobe = true;
  }

  #pushed(version: Version): void {
    this.monitor.pushed(version);
    this.ladder.push(this.#credential(version)!);
    this.#pursue();
    // Whoever waits for a candidate to become valid need not wait any longer.
    if (this.phase.type === "wait") this.awake(this.nowMs);
  }

  #pursue(): void {
    if (this.ladder.target !== undefined) this.wanted = true;
    else if (this.ladder.isBehind) this.reprobe = true;
  }

  #credential(version: Version | undefined): Credential | undefined {
    return version === undefined ? undefined : this.#around.credential(version);
  }
}

function describePhase(phase: Phase, nowMs: number): string {
  switch (phase.type) {
    case "idle":
      return "idle";
    case "wait":
      return `wait ${phase.untilMs - nowMs} ${phase.probe}`;
    case "read":
      return `read ${phase.stage} ${"answer" in phase ? phase.answer : "?"}`;
    default: {
      const { credential, stage } = phase.candidate;
      return `${phase.type} ${credential.versionId} ${stage} ${nowMs - phase.atMs}`;
    }
  }
}
