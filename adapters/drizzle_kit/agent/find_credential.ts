/** Which credential drizzle-kit is to log in with. */

import type { Credential, VersionStage } from "../../../core/credential.ts";
import { RekeyError } from "../../../core/errors.ts";
import type { CredentialProvider } from "../../../core/provider/provider.ts";
import type { AgentCredential } from "../protocol.ts";
import type { CredentialsModule, RotatingClient } from "./credentials_module.ts";

/** Labels may move between the login and the reads. */
const readAttempts = 3;

/**
 * With a client: the credential that the server has just accepted from it, found by the client's own
 * ladder. Without: the best one that was not refused yet, in the ladder's order.
 *
 * @throws {RekeyError} what the client and the provider throw; `LOGIN_REFUSED` when nothing is left
 */
export async function findCredential(
  { credentials, client }: CredentialsModule,
  refused: readonly string[],
): Promise<AgentCredential> {
  if (client === undefined) return toAgent(await nextCandidate(credentials, refused));
  const { versionId, at } = await logIn(client);
  if (refused.includes(versionId)) {
    throw new RekeyError(
      "LOGIN_REFUSED",
      `The app's client logs in at ${at.name} with version ${versionId}, and drizzle-kit does not. ` +
        `Give rotatingCredentials the host, port, database and ssl that the client has.`,
    );
  }
  return { ...toAgent(await readVersion(credentials, versionId)), ...at.server };
}

/** The ladder without an endpoint: current, read again; pending; previous. */
async function nextCandidate(
  credentials: CredentialProvider,
  refused: readonly string[],
): Promise<Credential> {
  const unlessRefused = (candidate: Credential | undefined) =>
    candidate !== undefined && refused.includes(candidate.versionId) ? undefined : candidate;
  const current = await credentials.refresh("drizzle-kit");
  if (unlessRefused(current)) return current;
  const pending = unlessRefused(await credentials.read("pending"));
  // The other user of an alternating pair is not valid before its set step: it comes last.
  if (pending?.username === current.username) return pending;
  const other = unlessRefused(await credentials.read("previous")) ?? pending;
  if (other !== undefined) return other;
  throw new RekeyError(
    "LOGIN_REFUSED",
    `Every version of ${credentials.name} that can be read was refused.`,
  );
}

/** Opens a connection of the app's client, and tells with which version and where. */
async function logIn(client: RotatingClient) {
  await (client.unsafe ?? client.query)!.call(client, "select 1");
  const { endpoint: name, versionId } = client.rotation.stats().endpoint;
  const [, host, port] = /^(\S+):(\d+)$/.exec(name) ?? [];
  const server = host === undefined ? {} : { host, port: Number(port) };
  return { versionId: versionId!, at: { name, server } };
}

async function readVersion(
  credentials: CredentialProvider,
  versionId: string,
): Promise<Credential> {
  const stages: readonly VersionStage[] = ["current", "pending", "previous"];
  for (let attempt = 0; attempt < readAttempts; attempt++) {
    for (const stage of stages) {
      const found = stage === "current" && credentials.peek()?.versionId === versionId
        ? credentials.peek()
        : await credentials.read(stage);
      if (found?.versionId === versionId) return found;
    }
  }
  throw new RekeyError(
    "SECRET_NOT_FOUND",
    `The client logs in with version ${versionId}, which ${credentials.name} has no longer. ` +
      `Export the provider that the client was made with.`,
  );
}

function toAgent(credential: Credential): AgentCredential {
  return { ...credential, password: credential.password.reveal() };
}
