import assert from "node:assert/strict";
import postgres from "postgres";
import { Secret } from "../../core/secret.ts";
import { errorOf, until, within } from "../adapters/outcome.ts";
import { rotationHouse } from "./fixture.ts";

const house = rotationHouse();

Deno.test("a session that is killed while it changes the password is an error, and no more", async () => {
  await using app = await house.app();
  const { at, superuser, target } = house.database;
  const [password] = app.passwords;
  const login = { ...at, username: app.user, password: new Secret(password!) };
  const outcome = await target.login(login);
  assert.ok(outcome.accepted);
  const holder = postgres({ ...at, ...superuser, database: "postgres", max: 1 });
  const lock = await holder.reserve();
  try {
    await lock.unsafe(`begin; select from pg_authid where rolname = '${app.user}' for update`);
    const change = errorOf(outcome.session.setOwnPassword(app.user, new Secret("a new one")));
    const sessions = () => house.server.sessions({ user: app.user });
    await until(async () => (await sessions())[0]?.state === "active", "it waits for the role");
    await house.server.terminateSessions({ user: app.user });
    assert.equal((await within(30_000, change)).code, "CONNECTION_CLOSED");
    // Nothing is sent there any more.
    assert.equal((await within(30_000, errorOf(outcome.session.ping()))).code, "CONNECTION_ENDED");
  } finally {
    await lock.unsafe("rollback");
    lock.release();
    await holder.end();
    await outcome.session.close();
  }
  assert.equal(await app.login("current"), "ok");
});
