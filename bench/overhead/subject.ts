/** A driver under measurement. */

import { type CredentialProvider, credentialProvider, Secret } from "@rekey/orm";

/** Connections of a client. */
export const max = 8;
/** Rows of the table that the workloads read; all of it fits into memory. */
export const tableRows = 10_000;

/** The servers that can be measured on. */
export type ServerName = "postgres" | "mysql" | "mariadb";

/** What a client is told, as JSON, on the command line: no secret is worth hiding here. */
export interface ClientInput {
  readonly server: ServerName;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly rounds: number;
}

/** A workload: a fixed amount of work on a client. */
export interface Workload<C> {
  readonly name: string;
  /** Does the work once; returns how many operations it was. */
  run(client: C): Promise<number>;
}

/** A driver, alone and with this package. */
export interface Subject<C> {
  raw(input: ClientInput): C;
  rekey(input: ClientInput, credentials: CredentialProvider): C;
  end(client: C): Promise<void>;
  /** Makes the table that the workloads read. */
  prepare(client: C): Promise<void>;
  readonly workloads: readonly Workload<C>[];
}

/** Loads the driver of a server, and no other. */
// Each has a client type of its own, which nobody outside needs to know.
// deno-lint-ignore no-explicit-any
export async function loadSubject(server: ServerName): Promise<Subject<any>> {
  if (server === "postgres") return (await import("./postgres_js.ts")).postgresJs;
  return (await import("./mysql2.ts")).mysql2;
}

/** A provider of one credential that never changes. */
export function constantCredentials({ user, password }: ClientInput): CredentialProvider {
  const value = new Secret(JSON.stringify({ username: user, password }));
  return credentialProvider({
    name: "bench",
    read: (stage) => Promise.resolve(stage === "current" ? { versionId: "1", value } : undefined),
  });
}

/** So many workers, each with so many pieces of work one after the other. */
export async function workers(
  count: number,
  each: number,
  work: (i: number) => Promise<unknown>,
): Promise<number> {
  await Promise.all(Array.from({ length: count }, async (_, worker) => {
    for (let i = 0; i < each; i++) await work(worker * each + i);
  }));
  return count * each;
}
