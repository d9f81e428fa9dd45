/**
 * What the behaviour suite is given, and small tools for it. All files of the suite are plain
 * modules for any runtime: they import the package by its name, and know nothing of Deno.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { format, inspect } from "node:util";
import { Secret, type SecretSource, type SecretVersion, type VersionStage } from "@rekey/orm";

/** Where a database server is, and who may do everything there. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The authority of its certificate, which is for `localhost`, and another one; as PEM. */
  readonly tls: { readonly ca: string; readonly otherCa: string };
  /** Another server, with a certificate for another name than that of its host. */
  readonly misnamed: { readonly port: number; readonly ca: string };
}

/** What the suite is run with, as JSON in `REKEY_BEHAVIOUR`. */
export interface Surroundings {
  /** Which run this is: names made of it are nobody else's. */
  readonly run: string;
  readonly postgres?: ServerAddress;
  readonly mysql?: ServerAddress;
  /** The ARN of a rotation function that leaves every step to the test. */
  readonly rotationFunction: string;
  /** The options of the SDK's client. */
  readonly secretsManager: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** What this run has. */
export function surroundings(): Surroundings {
  const { REKEY_BEHAVIOUR } = process.env;
  if (REKEY_BEHAVIOUR === undefined) {
    throw new Error("REKEY_BEHAVIOUR is not set: runtimes_test.ts runs this suite.");
  }
  return JSON.parse(REKEY_BEHAVIOUR);
}

let names = 0;

/** A name that no other test of any run has. */
export function freshName(): string {
  return `${surroundings().run}_${names++}`;
}

/** A database user, as a secret holds him. */
export interface Login {
  readonly versionId: string;
  readonly username: string;
  readonly password: string;
}

/** A version of a user's credential. */
export function versionOf(username: string, versionId: string): Login {
  return { versionId, username, password: `it's "${versionId}" \\ of ${username}` };
}

/** A source that answers with whatever `stages` holds, and counts. */
export class StagedSource implements SecretSource {
  readonly name = "behaviour/app-db";
  stages: Partial<Record<VersionStage, Login>>;
  down = false;
  reads = 0;

  constructor(current: Login) {
    this.stages = { current };
  }

  async read(stage: VersionStage): Promise<SecretVersion | undefined> {
    this.reads++;
    if (this.down) throw new Error("the store is down");
    const { [stage]: login } = this.stages;
    if (login === undefined) return undefined;
    const { versionId, ...payload } = login;
    return await Promise.resolve({ versionId, value: new Secret(JSON.stringify(payload)) });
  }
}

/** Waits until `holds`, for at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`In vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The error with which a promise rejects. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error & { code?: string }> {
  return await Promise.resolve(promise).then(
    (value) => assert.fail(`expected a rejection, got ${inspect(value)}`),
    (error) => error,
  );
}

/** Everything that the runtime's printers make of a value. */
export function printed(value: unknown): string {
  const deep = { depth: 20, showHidden: true, getters: true };
  const { Bun, Deno } = globalThis as unknown as Record<"Bun" | "Deno", Printer | undefined>;
  return [
    inspect(value),
    inspect(value, deep),
    inspect(value, { ...deep, customInspect: false }),
    format("%s %j %o %O", value, value, value, value),
    Deno?.inspect(value, { depth: 20, showHidden: true, getters: true }),
    Bun?.inspect(value),
  ].join("\n");
}

interface Printer {
  inspect(value: unknown, options?: Record<string, unknown>): string;
}

/** Asserts that none of `secrets` is in what is printed of `value`. */
export function assertHidden(value: unknown, secrets: readonly string[]): void {
  const text = printed(value);
  for (const secret of secrets) {
    const forms = [secret, JSON.stringify(secret).slice(1, -1), inspect(secret).slice(1, -1)];
    assert.ok(!forms.some((form) => text.includes(form)), "a secret is printed");
  }
}
