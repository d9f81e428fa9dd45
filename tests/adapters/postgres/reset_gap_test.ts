/** A statement that is sent after a socket's error and before its close. */

import assert from "node:assert/strict";
import net from "node:net";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { clientHouse, type DriverOptions } from "./fixture.ts";
import { within } from "../outcome.ts";

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
  const outcome = await within(5_000, settled, "the statement in the gap");
  assert.ok(["rows", "CONNECTION_DESTROYED", "CONNECTION_CLOSED"].includes(outcome));
  assert.equal((await within(5_000, client.sql`select 3 as x`))[0]!.x, 3);
});

Deno.test("a reserved connection that is released twice does not take it from its next owner", async () => {
  await using client = house.client({ options: { max: 1 } });
  const first = await client.sql.reserve();
  first.release();
  const second = await within(5_000, client.sql.reserve());
  first.release();
  const other = client.sql`select 2 as x`.execute();
  assert.equal((await within(5_000, second`select 1 as x`))[0]!.x, 1);
  assert.equal(client.sql.rotation.stats().pool.reserved, 1);
  second.release();
  assert.equal((await within(5_000, other))[0]!.x, 2);
});
