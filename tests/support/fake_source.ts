/** A secret store in memory: versions, stages, and everything that can go wrong with reading them. */

import { type Clock, delay } from "../../core/clock.ts";
import type { VersionStage } from "../../core/credential.ts";
import { Secret } from "../../core/secret.ts";
import type { SecretSource, SecretVersion } from "../../core/source.ts";

/** A login as the store keeps it. */
export interface StoredLogin {
  readonly username: string;
  readonly password: string;
}

/** A store with one secret. */
export class FakeSource implements SecretSource {
  readonly name = "test/app-db";
  readonly #clock: Clock;
  readonly #values = new Map<string, string>();
  readonly #stages = new Map<VersionStage, string>();
  readonly #staleStages = new Map<VersionStage, string>();

  /** How long a read takes. */
  delayMs = 0;
  /** Rejects every read with this, while set. */
  failure: unknown;
  /** Whether a read ends when its signal aborts. */
  heedsSignal = true;
  /** Stages that may not be read. */
  readonly denied = new Set<VersionStage>();
  /** So many of the next reads show the labels as `rememberLabels` found them. */
  staleReads = 0;
  /** Reads begun, of all stages. */
  reads = 0;
  /** Reads begun, by stage. */
  readonly readsOf: Record<VersionStage, number> = { current: 0, pending: 0, previous: 0 };
  /** Reads under way, and the most at a time, by stage. */
  inFlight = 0;
  mostInFlight = 0;

  constructor(clock: Clock, versionId = "v1", login: StoredLogin = usual(versionId)) {
    this.#clock = clock;
    this.put(versionId, login);
    this.label("current", versionId);
  }

  /** Adds a version. */
  put(versionId: string, login: StoredLogin = usual(versionId)): void {
    this.putRaw(versionId, JSON.stringify(login));
  }

  /** Adds a version of any text. */
  putRaw(versionId: string, text: string): void {
    this.#values.set(versionId, text);
  }

  /** Moves a label; without a version, takes it away. */
  label(stage: VersionStage, versionId?: string): void {
    if (versionId === undefined) this.#stages.delete(stage);
    else this.#stages.set(stage, versionId);
  }

  /** What a stage is on. */
  versionOf(stage: VersionStage): string | undefined {
    return this.#stages.get(stage);
  }

  /** The login of a version. */
  loginOf(versionId: string): StoredLogin {
    return JSON.parse(this.#values.get(versionId)!);
  }

  /** The first step of a rotation: a pending version. */
  create(versionId: string, login?: StoredLogin): void {
    this.put(versionId, login);
    this.label("pending", versionId);
  }

  /** The last step: what is pending becomes current. */
  finish(): void {
    const pending = this.versionOf("pending")!;
    this.label("previous", this.versionOf("current"));
    this.label("current", pending);
    this.label("pending");
  }

  /** A whole rotation as the store sees it. */
  rotate(versionId: string, login?: StoredLogin): void {
    this.create(versionId, login);
    this.finish();
  }

  /** Later, `staleReads` show what the labels are on now. */
  rememberLabels(): void {
    this.#staleStages.clear();
    for (const [stage, versionId] of this.#stages) this.#staleStages.set(stage, versionId);
  }

  async read(
    stage: VersionStage,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<SecretVersion | undefined> {
    this.reads++;
    this.readsOf[stage]++;
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    const stale = this.#staleStages.size > 0 && this.staleReads > 0;
    if (stale) this.staleReads--;
    try {
      // The answer is made before it travels.
      const versionId = (stale ? this.#staleStages : this.#stages).get(stage);
      const { failure } = this;
      if (this.delayMs > 0) {
        await delay(this.#clock, this.delayMs, this.heedsSignal ? signal : undefined);
      }
      if (signal.aborted && this.heedsSignal) throw coded("AbortError");
      if (failure !== undefined) throw failure;
      if (this.denied.has(stage)) throw coded("AccessDeniedException");
      if (versionId === undefined) return undefined;
      return { versionId, value: new Secret(this.#values.get(versionId)!) };
    } finally {
      this.inFlight--;
    }
  }
}

/** The login of a version for which none was given: one user, a password for each version. */
export function usual(versionId: string, username = "app"): StoredLogin {
  return { username, password: `password-of-${versionId}` };
}

/** An error as SDKs throw them. */
export function coded(name: string): Error {
  return Object.assign(new Error("The store said no."), { name });
}
