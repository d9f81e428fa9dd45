/** With which versions a client could log in at this moment. */

import type { SimulatedServer } from "../../../adapters/testing/simulation/database/mod.ts";
import type { SimulatedStore } from "../../../adapters/testing/simulation/store/mod.ts";
import { appSecretId } from "../../../adapters/testing/simulation/world.ts";
import type { VersionStage } from "../../../core/credential.ts";
import { stages } from "../properties/stages.ts";
import type { LastingFault } from "./director.ts";
import type { Life, Watched } from "./life.ts";

const none: ReadonlySet<string> = new Set();

/**
 * A version counts when every server of that name would let it in, and when the endpoint has it or
 * the store would give it. Wherever that is not certain, it does not count: the properties that
 * depend on it claim nothing then.
 */
export function availableVersions(
  store: SimulatedStore,
  life: Life,
  servers: readonly SimulatedServer[],
  { client, locks }: Watched,
  lasting: ReadonlySet<LastingFault>,
): ReadonlySet<string> {
  if (!life.running || servers.some(({ state }) => state !== "up")) return none;
  const denied = new Set<VersionStage>();
  for (const { hides } of lasting) {
    if (hides === "servers") return none;
    for (const stage of hides ?? []) denied.add(stage);
  }
  const found = new Set<string>();
  const consider = (versionId: string | undefined) => {
    if (versionId === undefined || found.has(versionId)) return;
    const login = store.loginOf(appSecretId, versionId);
    if (login === undefined) return;
    const { username } = login;
    if (locks.leavesAlone(username)) return;
    const password = login.password.reveal();
    const valid = servers.every((server) =>
      !server.locksOut(username) &&
      server.snapshot().get(username)?.passwords.includes(password) === true
    );
    if (valid) found.add(versionId);
  };
  consider(client.endpoint.preferred?.versionId);
  const labels = store.labelsOf(appSecretId);
  for (const stage of stages) if (!denied.has(stage)) consider(labels[stage]);
  return found;
}
