/** Watches the rotator: the app is never locked out, and what overlaps leaves the current version alone. */

import type {
  SimulatedServer,
  UserSnapshot,
} from "../../../adapters/testing/simulation/database/mod.ts";
import type { SimulatedStore } from "../../../adapters/testing/simulation/store/mod.ts";
import { appSecretId } from "../../../adapters/testing/simulation/world.ts";
import type { VersionStage } from "../../../core/credential.ts";
import { properties } from "./catalogue.ts";
import { stages } from "./stages.ts";
import type { Violations } from "./violations.ts";

/** What the rotator does to store and database. */
export class RotationWatch {
  readonly #violations: Violations;
  readonly #store: SimulatedStore;
  readonly #primary: SimulatedServer;
  readonly #overlaps: boolean;
  #disturbed = false;
  #disturbedNow = false;

  constructor(
    violations: Violations,
    store: SimulatedStore,
    primary: SimulatedServer,
    overlaps: boolean,
  ) {
    this.#violations = violations;
    this.#store = store;
    this.#primary = primary;
    this.#overlaps = overlaps;
  }

  /** Whether passwords or labels were changed by somebody else, and no rotation has mended it. */
  get disturbed(): boolean {
    return this.#disturbed;
  }

  /** Somebody else changes them: what the app can log in with is not the rotator's doing. */
  disturb(): void {
    this.#disturbed = this.#disturbedNow = true;
  }

  /** A rotation begins. */
  begun(): void {
    this.#disturbedNow = false;
  }

  /** The rotator changed a password. */
  onPasswordChange(username: string): void {
    const current = this.#store.versionOf(appSecretId, "current")!;
    const active = this.#store.loginOf(appSecretId, current)?.username;
    const touched = username === active && !this.logsIn("current");
    if (this.#overlaps && touched && !this.#disturbedNow) {
      this.#violations.report(properties.activeUser, `the password of ${username} was changed`);
    }
    this.checkNotLockedOut(`the password of ${username} was changed`);
  }

  /** After any change: one of the three stages logs in; of what overlaps, the current one. */
  checkNotLockedOut(after: string): void {
    if (this.#disturbed) return;
    if (this.#overlaps && !this.logsIn("current")) {
      this.#violations.report(
        properties.activeUser,
        `the current version does not log in after ${after}`,
      );
    }
    if (!this.anyLogsIn(this.#primary.snapshot())) {
      this.#violations.report(properties.rotator, `no version logs in after ${after}`);
    }
  }

  /** Whether one of the three stages logs in to a server with these users. */
  anyLogsIn(users: UserSnapshot): boolean {
    return stages.some((stage) => this.logsIn(stage, users));
  }

  /** Whether the version under `stage` logs in to a server with these users. */
  logsIn(stage: VersionStage, users: UserSnapshot = this.#primary.snapshot()): boolean {
    const versionId = this.#store.versionOf(appSecretId, stage);
    const login = versionId && this.#store.loginOf(appSecretId, versionId);
    if (!login) return false;
    const user = users.get(login.username);
    return user !== undefined && user.canLogin && user.passwords.includes(login.password.reveal());
  }

  /** Every step has succeeded. */
  finished(versionId: string): void {
    // What came in between is for the next rotation to mend.
    if (this.#disturbedNow) return;
    const current = this.#store.versionOf(appSecretId, "current");
    if (current !== versionId) {
      this.#violations.report(
        properties.rotator,
        `${versionId} was finished, ${current} is current`,
      );
    }
    if (!this.logsIn("current")) {
      this.#violations.report(properties.rotator, `${current} is current and does not log in`);
    }
    if (this.#overlaps && !this.#disturbed && !this.logsIn("previous")) {
      this.#violations.report(
        properties.activeUser,
        "the previous version does not log in any more",
      );
    }
    this.#disturbed = false;
  }
}
