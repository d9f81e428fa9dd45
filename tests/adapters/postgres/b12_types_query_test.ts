/**
 * Defect B12 of postgres.js 3.4: a connection that is lost while the driver asks for the server's
 * array types, right after its login.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { startAccepting } from "./accepting_server.ts";
import { runBare } from "./bare_program.ts";
import { clientHouse } from "./fixture.ts";
import { errorOf, withBudget, within } from "../outcome.ts";

const house = clientHouse();

/** AuthenticationOk and ReadyForQuery: logged in. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

/** Accepts any login, and hangs up at the first statement. */
function hangUp(socket: Socket): void {
  socket.once("data", () => {
    socket.write(welcome);
    socket.once("data", () => socket.resetAndDestroy());
  });
}

Deno.test("B12: the bare driver's process dies of it", async () => {
  await using peer = await startAccepting(hangUp);
  const { code, told, errors } = await runBare("b12_types_query", house.server, peer.port);
  assert.equal(code, 1, errors);
  assert.ok(!told.includes("alive"));
  assert.match(errors, /Uncaught \(in promise\)/);
});

Deno.test("B12: the loss is a failed login like others, and tried again", async () => {
  await using peer = await startAccepting(hangUp);
  const ask = async (loginBudgetMs: number) => {
    await using client = house.client({ at: peer, options: { loginBudgetMs } });
    return await within(30_000, errorOf(client.sql`select 1`));
  };
  const error = await withBudget(700, ask, () => peer.accepted > 1);
  assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
  assert.ok(peer.accepted > 1);
});
