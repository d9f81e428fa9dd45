import assert from "node:assert/strict";
import mysql, { type SslOptions } from "mysql2/promise";
import { mysqlTarget } from "../../../adapters/mysql2/mod.ts";
import { alternatingUsers, dualPassword, rotate, singleUser } from "../../../core/rotation/mod.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import { assertNoSecretIn } from "../../leaks.ts";
import { type App, type House, houseOf } from "../fixture.ts";
import { startMysqlDatabase } from "../databases/mysql.ts";

const houses = {
  MySQL: houseOf(() => startMysqlDatabase({ flavor: "mysql", tls: { required: true } })),
  MariaDB: houseOf(() => startMysqlDatabase({ flavor: "mariadb", tls: { required: true } })),
};

/** An app that is reached by name, and the rotator's options for this ssl option. */
async function protectedApp(
  house: House<MysqlServer>,
  ssl?: SslOptions,
): Promise<App<MysqlServer>> {
  const app = await house.app({ secret: { host: "localhost" } });
  const target = mysqlTarget((login) => mysql.createPool({ ...ssl && { ssl }, ...login }));
  return Object.assign(app, { target });
}

for (const [name, house] of Object.entries(houses)) {
  Deno.test(`${name}: every strategy works over TLS`, async () => {
    await using app = await protectedApp(house, { ca: house.server.tls!.ca });
    const { user: username, password } = house.database.superuser;
    const adminSecretId = await app.copySecret({ username, password });
    const dual = name === "MySQL" ? [dualPassword()] : [];
    for (const strategy of [singleUser(), ...dual, alternatingUsers(), alternatingUsers()]) {
      const before = (await app.payload("current"))!.password;
      await rotate(app.secretId, { ...app.options(strategy), adminSecretId });
      assert.ok(!(await app.payload("current"))!.password.equals(before));
    }
  });

  Deno.test(`${name}: a certificate of another authority is refused, and nothing is changed`, async () => {
    await using app = await protectedApp(house, { ca: house.server.tls!.otherCa });
    const verifier = await app.verifier(app.user);
    const error = await rotate(app.secretId, app.options(singleUser()))
      .then(() => undefined, (error) => error);
    assert.match(`${error?.code} ${error?.message}`, /certificate|UNABLE_TO_VERIFY|UnknownIssuer/i);
    assertNoSecretIn(error, app.passwords);
    assert.equal(await app.verifier(app.user), verifier);
  });

  Deno.test(`${name}: beyond this machine nothing is sent without verified TLS`, async () => {
    for (const ssl of [undefined, { rejectUnauthorized: false }, { verifyIdentity: false }]) {
      await using app = await protectedApp(house, ssl);
      const secretId = await app.copySecret({ host: "db.invalid" });
      await assert.rejects(
        rotate(secretId, app.options(singleUser())),
        { code: "TLS_REQUIRED" },
      );
    }
  });
}
