import assert from "node:assert/strict";
import type { RowDataPacket } from "mysql2/promise";
import { startMysql } from "./mysql/mod.ts";

for (const flavor of ["mysql", "mariadb"] as const) {
  Deno.test(`${flavor}: a replica applies what its primary has committed`, async () => {
    await using server = await startMysql({ flavor, replica: {} });
    await server.admin().query("create database shop; create table shop.item (id int)");
    await server.admin().query("insert into shop.item values (1), (2)");
    await server.waitForReplay();
    const [rows] = await server.replica!.admin().query<RowDataPacket[]>("select id from shop.item");
    assert.deepEqual(rows.map(({ id }) => id), [1, 2]);
  });
}
