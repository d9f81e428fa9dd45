/** What goes wrong with requests to the simulated store. */

import type { VersionStage } from "../../../../core/credential.ts";
import type { SeededRandom } from "../../seeded_random.ts";
import { StoreError, type StoreErrorName } from "./errors.ts";

/** A request to the store, by the name that AWS gives it. */
export type StoreOperation =
  | "DescribeSecret"
  | "GetRandomPassword"
  | "GetSecretValue"
  | "PutSecretValue"
  | "UpdateSecretVersionStage";

/** Who asks the store for what. */
export interface StoreRequest {
  /** Whose access key it is. */
  readonly principal: string;
  /** What it asks for. */
  readonly operation: StoreOperation;
  /** The label that is read or moved, if it is about one. */
  readonly stage?: VersionStage;
}

/**
 * How a request goes wrong:
 * - `throttled`: `ThrottlingException`
 * - `denied`: `AccessDeniedException`
 * - `internal-error`: `InternalServiceError`
 * - `unavailable`: `ServiceUnavailable`
 * - `silent`: it is never answered
 *
 * None of them is executed. What is lost on the way is the network's matter.
 */
export type StoreFaultKind = "throttled" | "denied" | "internal-error" | "unavailable" | "silent";

/** Which requests go wrong, and how. */
export interface StoreFault {
  /** How. */
  readonly kind: StoreFaultKind;
  /** Only those of this principal. Everybody's when it is left out. */
  readonly principal?: string;
  /** Only this operation. Every one when it is left out. */
  readonly operation?: StoreOperation;
  /** Only those about this label. All of them, and those about none, when it is left out. */
  readonly stage?: VersionStage;
  /**
   * How many of them, from 0 (none) to 1 (all).
   * @default {1}
   */
  readonly rate?: number;
}

/** A fault in force. */
export interface InjectedStoreFault {
  /** Ends it. */
  remove(): void;
}

const refusals: Readonly<Record<Exclude<StoreFaultKind, "silent">, StoreErrorName>> = {
  "throttled": "ThrottlingException",
  "denied": "AccessDeniedException",
  "internal-error": "InternalServiceError",
  "unavailable": "ServiceUnavailable",
};

/** The faults in force. The one injected first decides. */
export class StoreFaults {
  readonly #active = new Set<StoreFault>();
  readonly #random: SeededRandom;
  readonly #note: (what: string) => void;

  /** Without any. `note` hears of each that begins or ends. */
  constructor(random: SeededRandom, note: (what: string) => void) {
    this.#random = random;
    this.#note = note;
  }

  /** Makes requests go wrong from now on. */
  inject(fault: StoreFault): InjectedStoreFault {
    const entry = { ...fault };
    this.#active.add(entry);
    this.#note(`begins: ${describe(entry)}`);
    return {
      remove: () => {
        if (this.#active.delete(entry)) this.#note(`ends: ${describe(entry)}`);
      },
    };
  }

  /** Ends all of them. */
  clear(): void {
    for (const fault of this.#active) this.#note(`ends: ${describe(fault)}`);
    this.#active.clear();
  }

  /**
   * What becomes of a request.
   * @throws {StoreError} when a fault refuses it
   */
  judge(request: StoreRequest): "executed" | "silent" {
    for (const fault of this.#active) {
      if (!concerns(fault, request)) continue;
      if (fault.rate !== undefined && this.#random.next() >= fault.rate) continue;
      if (fault.kind === "silent") return "silent";
      const { principal, operation } = request;
      throw new StoreError(
        refusals[fault.kind],
        `${operation} of ${principal} was refused: ${fault.kind}.`,
      );
    }
    return "executed";
  }
}

function concerns(fault: StoreFault, request: StoreRequest): boolean {
  return (fault.principal === undefined || fault.principal === request.principal) &&
    (fault.operation === undefined || fault.operation === request.operation) &&
    (fault.stage === undefined || fault.stage === request.stage);
}

function describe({ kind, principal, operation, stage, rate }: StoreFault): string {
  const whose = principal === undefined ? "" : ` for ${principal}`;
  const often = rate === undefined ? "" : ` at a rate of ${rate}`;
  return [kind, operation, stage].filter((word) => word !== undefined).join(" ") + whose + often;
}
