import assert from "node:assert/strict";
import {
  discardOldPassword,
  dualPassword,
  rotate,
  rotationHandler,
  singleUser,
} from "../../../core/rotation/mod.ts";
import { Secret } from "../../../core/secret.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import { Crash, type Fate, mortal } from "../crashes.ts";
import { startMysqlDatabase } from "../databases/mysql.ts";
import { type App, houseOf } from "../fixture.ts";
import { watched } from "./watch.ts";

const house = houseOf(() => startMysqlDatabase({ flavor: "mysql" }));
const strategy = dualPassword();
const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/** Some steps with ports that die at a call; returns the calls so far. */
async function attempt(
  app: App<MysqlServer>,
  token: string,
  fatal: number,
  fate: Fate,
  some: readonly string[] = steps,
): Promise<readonly string[]> {
  const ports = mortal(app, fatal, fate);
  const handler = rotationHandler({ ...app.options(strategy), ...ports });
  try {
    for (const Step of some) {
      await handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
    }
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return ports.calls;
}

/** Takes the pending label off, as somebody does who gives a rotation up. */
async function giveUp(app: App<MysqlServer>): Promise<void> {
  for (const [id, labels] of Object.entries(await app.labels())) {
    if (labels.includes("AWSPENDING") && !labels.includes("AWSCURRENT")) {
      await app.store.clearPending(app.secretId, id);
    }
  }
}

/** Asserts that whoever has the credential under AWSCURRENT now gets in as long as `work` lasts. */
async function undisturbed(app: App<MysqlServer>, work: () => Promise<void>): Promise<void> {
  const { username, password } = (await app.payload("current"))!;
  const { succeeded, failed } = await watched(app.database.at, username, password.reveal(), work);
  assert.deepEqual(failed, []);
  assert.ok(succeeded >= 2);
}

Deno.test("the current credential logs in at every moment, wherever rotations are abandoned, given up and begun anew", async () => {
  const untilSet = steps.slice(0, 2);
  const never = Infinity;
  await using whole = await house.app();
  await rotate(whole.secretId, whole.options(strategy));
  await attempt(whole, await whole.stage(), never, "before", untilSet);
  await giveUp(whole);
  // What is to be done now is the most there ever is: the abandoned password is primary.
  const calls = await attempt(whole, await whole.stage(), never, "before", untilSet);
  assert.ok(calls.includes("setOwnPassword") && calls.includes("retainOwnPassword"));

  const setCalls = calls.flatMap((call, index) => /login|OwnPassword/.test(call) ? [index] : []);
  await using app = await house.app();
  await rotate(app.secretId, app.options(strategy));
  for (const fate of ["before", "after"] as const) {
    for (const fatal of setCalls) {
      await undisturbed(app, async () => {
        // Each with a password of its own: the one before is gone from the store, not the server.
        for (let time = 1; time <= 2; time++) {
          await attempt(app, await app.stage(), fatal, fate, untilSet);
          await giveUp(app);
        }
        await rotate(app.secretId, app.options(strategy));
      });
      assert.equal(await app.login("current"), "ok");
      assert.equal(await app.login("previous"), "ok");
    }
  }
});

Deno.test("a rotation that is repeated with the same version after each call disturbs nobody", async () => {
  await using app = await house.app();
  const token = await app.stage();
  await undisturbed(app, async () => {
    for (let fatal = 0;; fatal++) {
      const calls = await attempt(app, token, fatal, fatal % 2 === 0 ? "before" : "after");
      if (calls.length <= fatal) break;
    }
  });
  assert.equal(await app.login("current"), "ok");
  assert.equal(await app.login("previous"), "ok");
});

Deno.test("the watcher notices a second password that is set without making the current one primary", async () => {
  await using app = await house.app();
  const { user, server } = app;
  const admin = server.admin();
  await assert.rejects(
    undisturbed(app, async () => {
      // More than twice: whoever was logging in at the moment of a change leaves his old password in
      // MySQL's cache of accepted ones, until the next change.
      for (let number = 1; number <= 10; number++) {
        const next = `abandoned ${number}`;
        await admin.query("alter user ? identified by ? retain current password", [user, next]);
        assert.equal(await app.database.loginCode(app.database.at, user, next), "ok");
      }
    }),
    { code: "ERR_ASSERTION" },
  );
});

Deno.test("a password is never retained but the one that is meant, whoever comes in between", async () => {
  await using app = await house.app();
  const outcome = await app.target.login({
    ...app.database.at,
    username: app.user,
    password: new Secret(app.passwords[0]!),
  });
  assert.ok(outcome.accepted);
  const { session } = outcome;
  await app.database.setPassword(app.user, "somebody else's");
  const verifier = await app.verifier(app.user);
  await assert.rejects(
    session.retainOwnPassword!(app.user, new Secret(app.passwords[0]!), new Secret("pending")),
    { code: "ROTATION_UNDER_WAY" },
  );
  assert.equal(await app.verifier(app.user), verifier);
  await session.close();
});

Deno.test("the old password is discarded on demand, and never while it may be needed", async () => {
  await using app = await house.app();
  await rotate(app.secretId, app.options(strategy));
  assert.equal(await app.login("previous"), "ok");

  const token = await app.stage();
  const handler = rotationHandler(app.options(strategy));
  for (const Step of steps.slice(0, 2)) {
    await handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
  }
  await assert.rejects(discardOldPassword(app.secretId, app), { code: "ROTATION_UNDER_WAY" });
  // Nor when the label is gone: what is primary then is the abandoned one.
  await giveUp(app);
  await assert.rejects(discardOldPassword(app.secretId, app), { code: "ROTATION_UNDER_WAY" });
  assert.equal(await app.login("current"), "ok");

  await rotate(app.secretId, app.options(strategy));
  await undisturbed(app, () => discardOldPassword(app.secretId, app));
  assert.equal(await app.login("previous"), house.database.refusal);
  // Nothing is left to discard.
  await discardOldPassword(app.secretId, app);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("single-user rotation leaves a second password until it is discarded", async () => {
  await using app = await house.app();
  await rotate(app.secretId, app.options(strategy));
  const beside = (await app.payload("previous"))!.password.reveal();
  await rotate(app.secretId, app.options(singleUser()));
  const login = () => app.database.loginCode(app.database.at, app.user, beside);
  assert.equal(await login(), "ok");
  await discardOldPassword(app.secretId, app);
  assert.equal(await login(), house.database.refusal);
  assert.equal(await app.login("current"), "ok");
});

for (
  const [policy, clause] of [
    ["against reuse", "password history 5 password reuse interval 5 day"],
    ["that demands the current password", "password require current"],
  ] as const
) {
  Deno.test(`a policy ${policy} stands in no rotation's way`, async () => {
    await using app = await house.app();
    await app.server.admin().query(`alter user ? ${clause}`, [app.user]);
    for (const each of [strategy, singleUser(), strategy]) {
      await rotate(app.secretId, app.options(each));
      assert.equal(await app.login("current"), "ok");
    }
    assert.equal(await app.login("previous"), "ok");
    // Statements that were refused are logged as well.
    for (const password of app.passwords) assert.equal(await app.database.logged(password), 0);
  });
}

Deno.test("without the privilege for two passwords nothing is changed, and the error names it", async () => {
  await using app = await house.app();
  const admin = app.server.admin();
  await admin.query("revoke application_password_admin on *.* from ?", [app.user]);
  await admin.query(
    "alter user ? failed_login_attempts 2 password_lock_time unbounded",
    [app.user],
  );
  for (let time = 1; time <= 2; time++) {
    await assert.rejects(rotate(app.secretId, app.options(strategy)));
    assert.equal(await app.login("current"), "ok", "it is locked");
  }
  await undisturbed(app, async () => {
    await assert.rejects(
      rotate(app.secretId, app.options(strategy)),
      /APPLICATION_PASSWORD_ADMIN/,
    );
  });
  await admin.query("grant application_password_admin on *.* to ?", [app.user]);
  assert.equal((await rotate(app.secretId, app.options(strategy))).resumed, true);
  assert.equal(await app.login("previous"), "ok");
});

Deno.test("under a policy against reuse MySQL does not tell which password is primary: none is discarded", async () => {
  await using app = await house.app();
  const admin = app.server.admin();
  await admin.query("alter user ? password history 5", [app.user]);
  for (let time = 1; time <= 2; time++) await rotate(app.secretId, app.options(strategy));
  await undisturbed(app, async () => {
    await assert.rejects(discardOldPassword(app.secretId, app), {
      code: "ROTATION_UNSUPPORTED",
      message: /administrator.*DISCARD OLD PASSWORD/,
    });
  });
  assert.equal(await app.login("previous"), "ok");
  await admin.query("alter user ? password history 0", [app.user]);
  await undisturbed(app, () => discardOldPassword(app.secretId, app));
  assert.equal(await app.login("previous"), house.database.refusal);
});

for (
  const [policy, lifted] of [
    ["PASSWORD HISTORY 5", "PASSWORD HISTORY 0"],
    ["PASSWORD REQUIRE CURRENT", "PASSWORD REQUIRE CURRENT OPTIONAL"],
  ] as const
) {
  Deno.test(`a rotation that was given up under ${policy} is told of, with the way out`, async () => {
    await using app = await house.app();
    const admin = app.server.admin();
    // A second refused login in a row would lock the user, and with it those who have the current
    // password.
    const lock = "failed_login_attempts 2 password_lock_time unbounded";
    await admin.query(`alter user ? ${lock} ${policy}`, [app.user]);
    for (let time = 1; time <= 2; time++) await rotate(app.secretId, app.options(strategy));
    await attempt(app, await app.stage(), Infinity, "before", steps.slice(0, 2));
    await giveUp(app);
    for (let time = 1; time <= 2; time++) {
      await assert.rejects(rotate(app.secretId, app.options(strategy)), {
        code: "ROTATION_UNSUPPORTED",
        message: new RegExp(`${policy.replace(/ 5$/, "")}.*administrator lift that policy`),
      });
      assert.equal(await app.login("current"), "ok");
    }
    await admin.query(`alter user ? ${lifted}`, [app.user]);
    await undisturbed(app, async () => {
      await rotate(app.secretId, app.options(strategy));
    });
    assert.equal(await app.login("current"), "ok");
    assert.equal(await app.login("previous"), "ok");
  });
}
