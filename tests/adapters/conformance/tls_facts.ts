/** TLS: who is trusted, by name. */

import assert from "node:assert/strict";
import { errorOf, within } from "../outcome.ts";
import type { Fact, Scene } from "./scene.ts";
import type { Address, DriverOptions } from "./subject.ts";

/** By its name, for which its certificate is. */
const byName = ({ server }: Scene): Address => ({ host: "localhost", port: server.port });

/** What a login with these options fails with, on one line. */
async function failure(
  scene: Scene,
  at: Address,
  ssl: DriverOptions["ssl"] | undefined,
): Promise<string> {
  await using scenery = scene.client({
    at,
    ...ssl && { driver: { ssl } },
    options: { loginBudgetMs: 10_000 },
  });
  const { code, message } = await within(30_000, errorOf(scenery.client.echo(1)));
  return `${code} ${message}`;
}

const untrusted = /certificate|SELF_SIGNED|UnknownIssuer/i;

export const tlsFacts: readonly Fact[] = [
  {
    name: "TLS: a certificate of the right authority, for the right name, is accepted",
    async check(scene) {
      const { ca } = scene.server.tls;
      await using scenery = scene.client({ at: byName(scene), driver: { ssl: { ca } } });
      const { client } = scenery;
      assert.equal(await client.encrypted(), true);
      const killed = errorOf(client.sleep(20));
      await scene.running();
      await scene.server.kill(scene.username);
      assert.equal((await within(30_000, killed)).possiblyExecuted, true);
      assert.equal(await within(30_000, client.echo(1)), 1);
      await scenery.kill();
      assert.equal(await within(30_000, client.echo(2)), 2);
    },
  },
  {
    name: "TLS: a certificate of another authority is refused, and no login is sent",
    async check(scene) {
      const { otherCa } = scene.server.tls;
      assert.match(await failure(scene, byName(scene), { ca: otherCa }), untrusted);
      // The authorities that the machine trusts do not count the test's among them.
      assert.match(await failure(scene, byName(scene), {}), untrusted);
      assert.equal(await scene.server.failedLogins(scene.username), 0);
    },
  },
  {
    name: "TLS: a certificate for another name is refused, and no login is sent",
    async check(scene) {
      await using other = await scene.subject.start({ names: ["db.invalid"] });
      const at = { host: "localhost", port: other.port };
      const { ca } = other.tls;
      assert.match(
        await failure(scene, at, { ca }),
        /ALTNAME|altnames|NotValidForName|certificate/i,
      );
      // Were a login sent, it would be refused: the user is not known there.
      assert.equal(await other.failedLogins(scene.username), 0);
    },
  },
  {
    name: "beyond this machine, what does not verify is refused before anything is sent",
    async check(scene) {
      const { ca } = scene.server.tls;
      // An address for documentation, and a name that nobody has: nothing could be sent there.
      for (const host of ["192.0.2.1", "db.invalid"]) {
        for (
          const ssl of [undefined, { rejectUnauthorized: false }, { ca, rejectUnauthorized: false }]
        ) {
          const said = await failure(scene, { host, port: 1 }, ssl);
          assert.match(said, /^TLS_REQUIRED /);
          assert.ok(said.includes(host), said);
        }
      }
      // The drivers do not check a certificate for an address as they do for a name.
      assert.match(await failure(scene, { host: "192.0.2.1", port: 1 }, { ca }), /^TLS_REQUIRED /);
    },
  },
];
