/** What was asked of the double, by whom, and how it ended. Never holds a secret value. */

/** One request, in the order received. */
export interface Call {
  readonly operation: string;
  /** From the Authorization header: give each client its own to tell them apart. */
  readonly accessKeyId: string;
  /** The secret's name when the request names a secret that exists, otherwise what was sent. */
  readonly secretId?: string;
  /** For GetSecretValue the stage effectively asked for: AWSCURRENT when neither is given. */
  readonly versionStage?: string;
  /** The version asked for, created, or moved to. */
  readonly versionId?: string;
  /** When the request arrived, on the performance.now() clock. */
  readonly atMs: number;
  /** "ok", an error code, "outage" or "drop-response"; "in-flight" until it is answered. */
  readonly outcome: string;
}

/** Which calls, or which requests for a fault: every given field must be equal. */
export interface CallMatch {
  readonly operation?: string;
  readonly accessKeyId?: string;
  /** A name or an ARN. */
  readonly secretId?: string;
  readonly versionStage?: string;
}

/** Which calls to return. */
export interface CallFilter extends CallMatch {
  /** Calls received at this instant of performance.now() or later. */
  readonly since?: number;
}

/** Whether a call satisfies a match. The name of a secret is resolved by the caller. */
export function matches(call: Call, match: CallMatch, nameOf: (id: string) => string): boolean {
  return (match.operation === undefined || match.operation === call.operation) &&
    (match.accessKeyId === undefined || match.accessKeyId === call.accessKeyId) &&
    (match.versionStage === undefined || match.versionStage === call.versionStage) &&
    (match.secretId === undefined || nameOf(match.secretId) === call.secretId);
}

/** Describes a request without its secret value. */
export function describeCall(
  request: { operation: string; accessKeyId: string; input: Readonly<Record<string, unknown>> },
  nameOf: (id: string) => string,
): Call {
  const { operation, accessKeyId, input } = request;
  const field = (name: string) => typeof input[name] === "string" ? input[name] : undefined;
  const id = field("SecretId") ?? field("Name");
  const versionId = field("VersionId") ?? field("MoveToVersionId") ?? field("ClientRequestToken");
  const versionStage = field("VersionStage") ?? onlyStage(input["VersionStages"]) ??
    (operation === "GetSecretValue" && versionId === undefined ? "AWSCURRENT" : undefined);
  return {
    operation,
    accessKeyId,
    ...(id === undefined ? {} : { secretId: nameOf(id) }),
    ...(versionStage === undefined ? {} : { versionStage }),
    ...(versionId === undefined ? {} : { versionId }),
    atMs: performance.now(),
    outcome: "in-flight",
  };
}

function onlyStage(stages: unknown): string | undefined {
  if (!Array.isArray(stages) || stages.length !== 1) return undefined;
  return typeof stages[0] === "string" ? stages[0] : undefined;
}

/** The calls so far. */
export class CallLog {
  readonly #calls: Call[] = [];

  /** Notes a request; the returned function notes how it ended. */
  begin(call: Call): (outcome: string) => void {
    const index = this.#calls.push(call) - 1;
    return (outcome) => {
      this.#calls[index] = { ...call, outcome };
    };
  }

  /** The calls that satisfy the filter, in the order received. */
  list(filter: CallFilter, nameOf: (id: string) => string): Call[] {
    const since = filter.since ?? -Infinity;
    return this.#calls.filter((call) => call.atMs >= since && matches(call, filter, nameOf));
  }
}
