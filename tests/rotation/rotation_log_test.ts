import assert from "node:assert/strict";
import { alternatingUsers, rotate, singleUser } from "../../core/rotation/mod.ts";
import { rotationHouse } from "./fixture.ts";

const house = rotationHouse({ settings: { log_statement: "all", log_min_messages: "debug1" } });

/** The lines in which a text occurs. */
async function logged(text: string): Promise<number> {
  const lines = await house.server.log();
  return lines.filter((line) => line.includes(text)).length;
}

/** The log is written by another process: it is complete up to what this sees of its own. */
async function logIsWritten(): Promise<void> {
  const marker = `marker-${crypto.randomUUID()}`;
  await house.server.admin().unsafe(`select '${marker}'`);
  assert.equal(await logged(marker), 1);
}

Deno.test("the search finds a password that is sent in the clear", async () => {
  const sql = house.server.admin();
  await sql.unsafe("create role plain login password 'sent-in-the-clear-1'");
  await sql.unsafe("alter role plain password 'sent-in-the-clear-2'");
  await logIsWritten();
  assert.equal(await logged("sent-in-the-clear-1"), 1);
  assert.equal(await logged("sent-in-the-clear-2"), 1);
});

for (const strategy of [singleUser(), alternatingUsers()]) {
  Deno.test(`a log of every statement holds no password, ${strategy.name}`, async () => {
    await using app = await house.app();
    for (let round = 1; round <= 3; round++) await rotate(app.secretId, app.options(strategy));
    await logIsWritten();

    assert.equal(app.passwords.length, 4);
    for (const password of app.passwords) {
      assert.equal(await logged(password), 0);
      assert.equal(await logged(password.replaceAll("'", "''")), 0);
    }
    // The statements were logged, then: what they hold is the verifier.
    const verifier = await app.verifier((await app.payload("current"))!.username);
    assert.equal(await logged(verifier!), 1);
    assert.match(verifier!, /^SCRAM-SHA-256\$4096:/);
  });
}

Deno.test("a bootstrap and a failed rotation log no password either", async () => {
  await using app = await house.app();
  await house.server.admin().unsafe(`alter role ${app.user} password 'another'`);
  await assert.rejects(rotate(app.secretId, app.options(singleUser())));
  await assert.rejects(rotate(app.secretId, app.options(alternatingUsers())));
  await logIsWritten();
  assert.ok(app.passwords.length >= 2);
  for (const password of app.passwords) assert.equal(await logged(password), 0);
});
