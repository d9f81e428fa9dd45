/** Bugs of the rotator: what it does to store and database, and in which order. */

import type { Bug } from "./bug.ts";

const steps = "core/rotation/steps.ts";
const single = "core/rotation/single_user.ts";
const own = "core/rotation/own_session.ts";
const dual = "core/rotation/dual_password.ts";
const target = "adapters/testing/simulation/database/target.ts";
const alternating = "core/rotation/alternating_users.ts";

/** All of them. */
export const rotationBugs: readonly Bug[] = [
  {
    name: "the active user of an alternating pair gets the new password, too",
    file: alternating,
    find: `(session) => session.provisionTwin(current.username, twin, pending.password),`,
    replace: `async (session) => {
      await session.provisionTwin(current.username, twin, pending.password);
      await session.provisionTwin(twin, current.username, pending.password);
    },`,
    expected: [10],
  },
  {
    name: "alternating users do not alternate",
    file: alternating,
    find: `    return next;`,
    replace: `    return next === "" ? next : current;`,
    expected: [9, 10],
  },
  {
    name: "finish takes the previous user's password away",
    file: steps,
    find: `      async () => currentVersion((await store.describe(secretId)).stages) === versionId,
    );`,
    replace:
      `      async () => currentVersion((await store.describe(secretId)).stages) === versionId,
    );
    const old = await find(dependencies, secretId, "previous");
    const login = old && await dependencies.target.login(old.payload as never);
    const session = login?.accepted ? login.session : undefined;
    await session?.setOwnPassword(old!.payload.username, await store.generatePassword());
    await session?.close();`,
    expected: [9, 10],
  },
  {
    name: "set makes the new version current",
    file: steps,
    find: `    const pending = await need(dependencies, secretId, "pending", versionId);
    await dependencies.strategy.set({`,
    replace: `    const pending = await need(dependencies, secretId, "pending", versionId);
    await dependencies.store.promote(secretId, versionId, currentId);
    await dependencies.strategy.set({`,
    expected: [9, 10],
  },
  {
    name: "set changes nothing",
    file: single,
    find: `(session) => session.setOwnPassword(username, password),`,
    replace: `() => Promise.resolve(),`,
    expected: [9],
  },
  {
    name: "set changes nothing, and test does not look",
    file: steps,
    find: `    const pending = await need(dependencies, secretId, "pending", versionId);
    await dependencies.strategy.set({`,
    replace: `    const pending = await need(dependencies, secretId, "pending", versionId);
    if (pending.payload.username !== "") {
      return dependencies.store.promote(secretId, versionId, currentId);
    }
    await dependencies.strategy.set({`,
    expected: [9, 10],
  },
  {
    name: "a repeated set never asks whether pending logs in already",
    file: own,
    find: `import { login, loginFailed, probe } from "./session.ts";`,
    replace: `import { login, loginFailed } from "./session.ts";

const probe = (..._asked: unknown[]) => Promise.resolve({ accepted: false });`,
    expected: [9],
  },
  {
    name: "set does not try previous",
    file: own,
    find: `const fallback = await previous();`,
    replace: `const fallback = undefined as Awaited<ReturnType<typeof previous>>;`,
    expected: [9],
  },
  {
    name: "the new password is set without retaining the current one",
    file: dual,
    find: `      return await retain();`,
    replace: `      return await session.setOwnPassword(username, password);`,
    expected: [10],
  },
  {
    name: "the primary password is retained, whether it is the current one or not",
    file: target,
    find: `      requirePrimary(passwords, current);
      return retained(passwords, password.reveal());`,
    replace: `      return retained(passwords, password.reveal());`,
    expected: [10],
  },
  {
    name: "after an abandoned rotation the current password is not made primary",
    file: dual,
    find: `await session.setOwnPassword(username, current.password)`,
    replace: `await Promise.resolve()`,
    expected: [9],
  },
  {
    name: "the set step discards the old password",
    file: dual,
    find: `      return await retain();`,
    replace: `      await retain();
      return await session.discardOldPassword!(username, password);`,
    expected: [10],
  },
  {
    name: "the test step waits for no replica",
    file: steps,
    find: `      replicas.map((replica) => waitForReplica(`,
    replace: `      replicas.slice(1).map((replica) => waitForReplica(`,
    expected: [3],
  },
  {
    name: "the test step tries the pending version on a replica again and again",
    file: "core/rotation/replica.ts",
    find: `if (accepted !== undefined && refusal.cause === undefined) {`,
    replace: `if (accepted !== undefined && refusal.cause !== undefined) {`,
    expected: [14],
  },
];
