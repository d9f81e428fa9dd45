import assert from "node:assert/strict";
import {
  alternatingUsers,
  dualPassword,
  rotate,
  type RotationStrategy,
  type RotationTarget,
  singleUser,
} from "../../../core/rotation/mod.ts";
import { Secret } from "../../../core/secret.ts";
import { nativeHash } from "../../../adapters/mysql2/rotation/password_hash.ts";
import { assertNoSecretIn } from "../../leaks.ts";
import { pollUntil } from "../../servers/common/poll.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import type { TestDatabase } from "../databases/database.ts";
import { startMysqlDatabase } from "../databases/mysql.ts";
import { type App, type House, houseOf } from "../fixture.ts";

const houses = {
  MySQL: houseOf(() => startMysqlDatabase({ flavor: "mysql", replica: {} })),
  MariaDB: houseOf(() => startMysqlDatabase({ flavor: "mariadb", replica: {} })),
};

function replicaOf({ server }: House<MysqlServer>) {
  const { host, port } = server.replica!;
  return { host, port };
}

/** Who the superuser's session says the server is. */
async function identityAt(database: TestDatabase, at: { host: string; port: number }) {
  const { user, password } = database.superuser;
  const login = { ...at, username: user, password: new Secret(password) };
  const outcome = await database.target.login(login);
  assert.ok(outcome.accepted);
  try {
    return await outcome.session.identify();
  } finally {
    await outcome.session.close();
  }
}

async function loginAtReplica(app: App<MysqlServer>): Promise<string> {
  const { username, password } = (await app.payload("current"))!;
  const { host, port } = app.server.replica!;
  return await app.database.loginCode({ host, port }, username, password.reveal());
}

/** A rotation that waits for the replica, and the number of logins that were refused there so far. */
function rotating(
  app: App<MysqlServer>,
  house: House<MysqlServer>,
  strategy: RotationStrategy,
): { readonly done: Promise<unknown>; readonly refusedAtLeast: (times: number) => Promise<void> } {
  const replica = replicaOf(house);
  let refused = 0;
  let finished = false;
  const target: RotationTarget = {
    ...app.target,
    async login(login) {
      const outcome = await app.target.login(login);
      if (!outcome.accepted && login.port === replica.port) refused++;
      return outcome;
    },
  };
  const options = { ...app.options(strategy), target, replicas: [replica] };
  const done = rotate(app.secretId, options).finally(() => finished = true);
  done.catch(() => {});
  return {
    done,
    async refusedAtLeast(times) {
      await pollUntil(20_000, () => Promise.resolve(finished || refused >= times), () => {
        return `The replica has refused ${refused} logins, not ${times}.`;
      });
      assert.equal(finished, false, "the rotation did not wait");
    },
  };
}

for (const [name, house] of Object.entries(houses)) {
  const strategies = [
    singleUser(),
    alternatingUsers(),
    ...name === "MySQL" ? [dualPassword()] : [],
  ];

  for (const strategy of strategies) {
    Deno.test(`${name}: a rotation is finished when a lagging replica accepts it, ${strategy.name}`, async () => {
      await using app = await house.app();
      await house.server.waitForReplay();
      await house.server.pauseReplay();
      const { done, refusedAtLeast } = rotating(app, house, strategy);
      try {
        await refusedAtLeast(3);
        assert.equal((await app.payload("current"))!.password.reveal(), app.passwords[0]);
      } finally {
        await house.server.resumeReplay();
      }
      await done;
      assert.equal(await loginAtReplica(app), "ok");
    });
  }

  Deno.test(`${name}: a replica is known to follow, or taken for a stranger`, async () => {
    const { database } = house;
    const primary = await identityAt(database, database.at);
    const replica = await identityAt(database, replicaOf(house));
    assert.notEqual(primary.instance, replica.instance);
    assert.equal(primary.standby, false);
    assert.equal(replica.standby, true);
    assert.equal(replica.follows!.includes(primary.cluster), name === "MySQL");
    await using other = await database.another();
    const stranger = await identityAt(other, other.at);
    assert.ok(!replica.follows!.includes(stranger.cluster));
  });

  Deno.test(`${name}: a secret that names the replica is rotated by the primary's admin, if it is known to follow`, async () => {
    await using app = await house.app();
    const { user: username, password } = house.database.superuser;
    const adminSecretId = await app.copySecret({ username, password });
    const secretId = await app.copySecret(replicaOf(house));
    await house.server.waitForReplay();
    const options = { ...app.options(alternatingUsers()), adminSecretId };
    if (name === "MariaDB") {
      const mismatch = { code: "ROTATION_MISMATCH", field: "host" };
      await assert.rejects(rotate(secretId, options), mismatch);
      assert.equal(await app.verifier(app.twin), undefined);
      return;
    }
    // The pending credential is tested where the secret says, and the replica may not have it yet.
    await rotate(secretId, options).catch(async (error) => {
      assert.equal(error.code, "ROTATION_LOGIN_FAILED");
      await house.server.waitForReplay();
      await rotate(secretId, options);
    });
    assert.ok(await app.verifier(app.twin));
  });

  Deno.test(`${name}: a replica refuses to change a password, and the error says why`, async () => {
    await using app = await house.app();
    await house.server.waitForReplay();
    const outcome = await app.target.login({
      ...replicaOf(house),
      username: app.user,
      password: new Secret(app.passwords[0]!),
    });
    assert.ok(outcome.accepted);
    await assert.rejects(
      outcome.session.setOwnPassword(app.user, new Secret("never-to-be-seen")),
      (error: Error) => {
        assert.match(error.message, /read-only/);
        const hash = nativeHash(new Secret("never-to-be-seen"));
        assertNoSecretIn(error, ["never-to-be-seen", hash]);
        return true;
      },
    );
    await outcome.session.close();
  });
}

Deno.test("MySQL: asking a lagging replica again and again does not lock the user out there", async () => {
  const house = houses.MySQL;
  await using app = await house.app();
  await app.server.admin().query(
    "alter user ? failed_login_attempts 2 password_lock_time unbounded",
    [app.user],
  );
  await house.server.waitForReplay();
  await house.server.pauseReplay();
  const { done, refusedAtLeast } = rotating(app, house, singleUser());
  try {
    await refusedAtLeast(4);
    assert.equal(await loginAtReplica(app), "ok");
  } finally {
    await house.server.resumeReplay();
  }
  await done;
  assert.equal(await loginAtReplica(app), "ok");
});
