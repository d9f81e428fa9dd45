/** Logins that meet what passes: they are tried again. What does not pass is told at once. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type ListenOptions, type Socket } from "node:net";
import { classifyLogin } from "../../../adapters/mysql2/classify.ts";
import { failureOf } from "../../servers/mysql_client.ts";
import type { Address } from "../conformance/subject.ts";
import { errorOf, until, within } from "../outcome.ts";
import { app, clientHouses, rowsOf } from "./fixture.ts";

const login = { user: app.username, password: app.password };

/** How a client begins TLS. */
const hello = new Uint8Array([0x16, 3, 1]);

/** Passes everything on to the server, until it is told to hurt the clients that begin TLS. */
interface Relay extends AsyncDisposable {
  readonly port: number;
  /** How many clients have come. */
  readonly clients: number;
  /** How many of them have not gone. */
  readonly open: number;
  /** Whether clients do not hear of it when the server closes. */
  keeps: boolean;
  hurt: ((client: Socket) => void) | undefined;
}

async function startRelay(server: Address, at: ListenOptions): Promise<Relay> {
  const sockets: Socket[] = [];
  let clients = 0;
  let open = 0;
  const relay = createServer((client) => {
    clients++;
    open++;
    client.once("close", () => open--);
    const { host, port } = server;
    const link = connect({ host, port });
    sockets.push(client, link);
    for (const [from, to] of [[client, link], [link, client]] as const) {
      from.on("error", () => {});
      from.on("close", () => from === link && result.keeps || to.destroy());
    }
    link.on("data", (bytes: Uint8Array) => client.write(bytes));
    client.on("data", (bytes: Uint8Array) => {
      // It may come in one piece with the request for TLS.
      const begins = bytes.toHex().includes(hello.toHex());
      if (begins && result.hurt !== undefined) result.hurt(client);
      else link.write(bytes);
    });
  });
  relay.listen(at);
  await once(relay, "listening");
  const address = relay.address();
  const result: Relay = {
    port: typeof address === "object" ? address!.port : 0,
    get clients() {
      return clients;
    },
    get open() {
      return open;
    },
    keeps: false,
    hurt: undefined,
    async [Symbol.asyncDispose]() {
      const closed = once(relay, "close");
      relay.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return result;
}

for (const house of await clientHouses({ tls: { names: ["db.invalid"] } })) {
  const { test, flavor } = house;
  const local = { host: "127.0.0.1", port: 0 };

  const ways: [what: string, hurt: (client: Socket) => void][] = [
    ["reset", (client) => client.resetAndDestroy()],
    ["ended", (client) => client.end()],
  ];
  for (const [what, hurt] of ways) {
    test(`a login whose connection is ${what} while TLS begins is tried again`, async () => {
      await using relay = await startRelay(house.server, local);
      relay.hurt = hurt;
      const at = { host: "localhost", port: relay.port };
      const ssl = { ca: house.server.tls!.ca, verifyIdentity: false };
      const error = await within(30_000, failureOf(at, { ...login, ssl }));
      const expected = { kind: "connection", executed: "no", code: "HANDSHAKE_SSL_ERROR" };
      assert.deepEqual(classifyLogin(error), expected);
      await using client = house.client({ at, driver: { ssl } });
      const answer = rowsOf(client.pool.query("select 1 as x"));
      await until(() => relay.clients >= 3, "it is tried again");
      relay.hurt = undefined;
      assert.deepEqual(await within(30_000, answer), [{ x: 1 }]);
    });
  }

  test("a login that is refused leaves no connection behind, also where nobody else closes it", async () => {
    await using relay = await startRelay(house.server, local);
    relay.keeps = true;
    const stages = { current: { ...app, password: "another one", versionId: "v1" } };
    const options = { loginBudgetMs: 300 };
    await using client = house.client({ at: { ...local, port: relay.port }, stages, options });
    const error = await within(30_000, errorOf(client.pool.query("select 1")));
    assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
    assert.ok(relay.clients > 0);
    await until(() => relay.open === 0, "they are closed");
  });

  test("a certificate that is not the right one is told at once", async () => {
    const at = { host: "localhost", port: house.server.port };
    const { ca, otherCa } = house.server.tls!;
    // Of another authority, of none that the machine trusts, and for another name.
    for (const ssl of [{ ca: otherCa }, {}, { ca }]) {
      const verified = { ...login, ssl: { ...ssl, verifyIdentity: true } };
      const error = await within(30_000, failureOf(at, verified));
      const expected = { kind: "other", executed: "no", code: "HANDSHAKE_SSL_ERROR" };
      assert.deepEqual(classifyLogin(error), expected, error.message);
    }
    const driver = { ssl: { ca } };
    await using client = house.client({ at, driver, options: { loginBudgetMs: 60_000 } });
    const error = await within(30_000, errorOf(client.pool.query("select 1")));
    assert.equal(error.code, "HANDSHAKE_SSL_ERROR");
  });

  test("a login by a socket file that is not there, yet, is tried again", async () => {
    const folder = await Deno.makeTempDir();
    await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
    // Without TLS, the server lets in without further ado whom it has let in before.
    const raw = house.raw();
    await raw.query("select 1");
    await raw.end();
    const path = `${folder}/s`;
    const error = await failureOf({ host: "localhost", port: 0 }, { socketPath: path });
    const expected = { kind: "connection", executed: "no", code: "ENOENT" };
    assert.deepEqual(classifyLogin(error), expected);
    let attempts = 0;
    const driver = {
      get socketPath() {
        attempts++;
        return path;
      },
    };
    await using client = house.client({ driver });
    const answer = rowsOf(client.pool.query("select 1 as x"));
    await until(() => attempts >= 2, "it is tried again");
    await using _relay = await startRelay(house.server, { path });
    assert.deepEqual(await within(30_000, answer), [{ x: 1 }]);
  });

  if (flavor === "mysql") {
    test("a server that is out of service lets users in again when it is back", async () => {
      const admin = house.server.admin();
      await admin.query("set global offline_mode = on");
      try {
        const error = await failureOf(house.server, login);
        const expected = { kind: "starting", executed: "no", code: "ER_SERVER_OFFLINE_MODE" };
        assert.deepEqual(classifyLogin(error), expected);
        await using relay = await startRelay(house.server, local);
        await using client = house.client({ at: { ...local, port: relay.port } });
        const answer = rowsOf(client.pool.query("select 1 as x"));
        await until(() => relay.clients >= 2, "it is tried again");
        await admin.query("set global offline_mode = off");
        assert.deepEqual(await within(30_000, answer), [{ x: 1 }]);
      } finally {
        await admin.query("set global offline_mode = off");
      }
    });
  }
}
