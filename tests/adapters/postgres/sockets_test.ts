/** Sockets that the app makes itself, as cloud connectors do. */

import assert from "node:assert/strict";
import net from "node:net";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { clientHouse, type DriverOptions } from "./fixture.ts";
import { errorOf, withBudget, within } from "../outcome.ts";

const house = clientHouse();

Deno.test("a statement between a connection's reset and its close is settled", async () => {
  await using proxy = await startTcpProxy(house.server);
  let onError: (() => void) | undefined;
  // Not in the driver's types. Our listener is the first to hear of the error.
  const socket = () =>
    new Promise((resolve) => {
      const socket = net.connect(proxy.port, proxy.host);
      socket.on("error", () => onError?.());
      socket.once("connect", () => resolve(socket));
    });
  await using client = house.client({ at: proxy, driver: { socket } as DriverOptions });
  await client.sql`select 1`;
  const settled = new Promise<string>((resolve) => {
    onError = () => {
      onError = undefined;
      client.sql.unsafe("select 2 as x").then(() => resolve("rows"), ({ code }) => resolve(code));
    };
  });
  await proxy.reset();
  const outcome = await within(30_000, settled, "the statement in the gap");
  assert.ok(["rows", "CONNECTION_DESTROYED", "CONNECTION_CLOSED"].includes(outcome));
  assert.equal((await within(30_000, client.sql`select 3 as x`))[0]!.x, 3);
});

Deno.test("a socket that never comes does not hold up the login for ever", async () => {
  // Not in the driver's types: how cloud connectors put a tunnel of their own under it.
  const socket = () => new Promise(() => {});
  const ask = async (loginBudgetMs: number) => {
    await using client = house.client({
      driver: { socket } as DriverOptions,
      options: { loginBudgetMs, connectTimeoutMs: 100 },
    });
    return await within(30_000, errorOf(client.sql`select 1`));
  };
  const error = await withBudget(500, ask, ({ message }) => /CONNECT_TIMEOUT/.test(message));
  assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
  assert.match(error.message, /CONNECT_TIMEOUT/);
});
