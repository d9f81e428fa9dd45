import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { startTcpProxy, type TcpProxy } from "./tcp_proxy.ts";
import { pollUntil } from "./common/poll.ts";

/** Long enough for a byte to cross the loopback many times, when it is to be shown that none does. */
const QUIET_MS = 150;
const DEADLINE_MS = 10_000;

/** A server that sends back what it gets, with the number of its open connections. */
async function startEchoServer() {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A client that records what happens to it. */
async function client(proxy: TcpProxy) {
  const socket = connect({ host: proxy.host, port: proxy.port });
  const seen = { text: "", ended: false, error: "", closed: false };
  socket.on("data", (bytes) => seen.text += bytes.toString());
  socket.on("end", () => seen.ended = true);
  socket.on("error", (error: Error & { code?: string }) => seen.error = error.code ?? "");
  socket.on("close", () => seen.closed = true);
  await once(socket, "connect");
  return {
    socket,
    seen,
    async until(what: () => boolean) {
      await pollUntil(
        DEADLINE_MS,
        () => Promise.resolve(what()),
        () => `The client saw only ${JSON.stringify(seen)}.`,
      );
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await pollUntil(DEADLINE_MS, () => Promise.resolve(seen.closed), () => "It stays open.");
    },
  };
}

async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
}

Deno.test("a proxy passes bytes and the end of a connection both ways", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using first = await client(proxy);
  await using second = await client(proxy);
  first.socket.write("one");
  second.socket.end("two");
  await first.until(() => first.seen.text === "one");
  await second.until(() => second.seen.text === "two" && second.seen.ended);
  await first.until(() => proxy.connections === 1 && echo.sockets.size === 1);
  assert.equal(first.seen.ended, false);
});

Deno.test("a proxy passes megabytes unchanged to a client that reads them late", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using slow = await client(proxy);
  const sent = Array.from({ length: 700_000 }, (_, index) => `${index},`).join("");
  slow.socket.pause();
  slow.socket.end(sent);
  await quiet();
  slow.socket.resume();
  await slow.until(() => slow.seen.ended);
  assert.ok(slow.seen.text === sent, `got ${slow.seen.text.length} of ${sent.length} characters`);
});

Deno.test("in a blackhole nothing passes, and after it everything arrives in order", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using established = await client(proxy);
  established.socket.write("a");
  await established.until(() => established.seen.text === "a");
  proxy.blackhole();
  established.socket.write("b");
  await using late = await client(proxy);
  late.socket.write("c");
  await quiet();
  assert.equal(established.seen.text, "a");
  assert.equal(late.seen.text, "");
  assert.equal(echo.sockets.size, 1);
  assert.equal(proxy.connections, 2);
  proxy.resume();
  await established.until(() => established.seen.text === "ab");
  await late.until(() => late.seen.text === "c");
});

Deno.test("a stalling proxy passes of each connection what its server says first, and the rest later", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  proxy.stall();
  for (let time = 1; time <= 2; time++) {
    await using stalled = await client(proxy);
    stalled.socket.write("a");
    await stalled.until(() => stalled.seen.text === "a");
    stalled.socket.end("b");
    await quiet();
    assert.deepEqual(stalled.seen, { text: "a", ended: false, error: "", closed: false });
    proxy.resume();
    await stalled.until(() => stalled.seen.text === "ab" && stalled.seen.ended);
    proxy.stall();
  }
});

Deno.test("in a blackhole a client does not learn that the server is gone", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using ended = await client(proxy);
  await using torn = await client(proxy);
  ended.socket.write("a");
  torn.socket.write("a");
  await ended.until(() => ended.seen.text === "a" && torn.seen.text === "a");
  proxy.blackhole();
  const [first, second] = [...echo.sockets];
  first!.end();
  second!.resetAndDestroy();
  await quiet();
  for (const { seen } of [ended, torn]) {
    assert.deepEqual(seen, { text: "a", ended: false, error: "", closed: false });
  }
  proxy.resume();
  // Which of the two got which end depends on the order in which they were accepted.
  await ended.until(() => [ended, torn].some(({ seen }) => seen.ended));
  await ended.until(() => [ended, torn].some(({ seen }) => seen.error === "ECONNRESET"));
});

Deno.test("in a blackhole the server does not learn that a client is gone", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using gone = await client(proxy);
  gone.socket.write("a");
  await gone.until(() => gone.seen.text === "a");
  proxy.blackhole();
  gone.socket.resetAndDestroy();
  await gone.until(() => proxy.connections === 0);
  await quiet();
  assert.equal(echo.sockets.size, 1);
  proxy.resume();
  await gone.until(() => echo.sockets.size === 0);
});

Deno.test("a client that gives up during a blackhole never reaches the server", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  proxy.blackhole();
  await using hasty = await client(proxy);
  hasty.socket.resetAndDestroy();
  await hasty.until(() => hasty.seen.closed && proxy.connections === 0);
  proxy.resume();
  await quiet();
  assert.equal(echo.sockets.size, 0);
});

Deno.test("a reset reaches both sides at once, and new connections work", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using before = await client(proxy);
  before.socket.write("a");
  await before.until(() => before.seen.text === "a");
  proxy.reset();
  await before.until(() => before.seen.error === "ECONNRESET" && echo.sockets.size === 0);
  await using after = await client(proxy);
  after.socket.write("b");
  await after.until(() => after.seen.text === "b");
});

Deno.test("a refusing proxy closes new connections and keeps the others", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using before = await client(proxy);
  before.socket.write("a");
  await before.until(() => before.seen.text === "a");
  proxy.refuse();
  await using refused = await client(proxy);
  await refused.until(() => refused.seen.closed);
  before.socket.write("b");
  await before.until(() => before.seen.text === "ab");
  proxy.resume();
  await using after = await client(proxy);
  after.socket.write("c");
  await after.until(() => after.seen.text === "c");
});

Deno.test("latency delays each direction and keeps the order", async () => {
  await using echo = await startEchoServer();
  await using proxy = await startTcpProxy(echo);
  await using far = await client(proxy);
  proxy.latency(100);
  const sentAt = performance.now();
  far.socket.write("a");
  far.socket.end("b");
  await far.until(() => far.seen.ended);
  const tookMs = performance.now() - sentAt;
  assert.equal(far.seen.text, "ab");
  assert.ok(tookMs >= 195, `two directions of 100 ms took ${tookMs} ms`);
});

Deno.test("a client of a proxy whose server is down is reset", async () => {
  await using proxy = await startTcpProxy({ host: "127.0.0.1", port: await closedPort() });
  await using lost = await client(proxy);
  await lost.until(() => lost.seen.error === "ECONNRESET");
});

Deno.test("closing a proxy ends its connections, and closing again does nothing", async () => {
  await using echo = await startEchoServer();
  const proxy = await startTcpProxy(echo);
  await using open = await client(proxy);
  proxy.blackhole();
  await proxy.close();
  await proxy.close();
  await open.until(() => open.seen.closed);
  assert.equal(proxy.connections, 0);
});

async function closedPort(): Promise<number> {
  await using echo = await startEchoServer();
  return echo.port;
}
