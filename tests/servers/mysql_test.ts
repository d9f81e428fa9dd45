import assert from "node:assert/strict";
import { pollUntil } from "./common/poll.ts";
import { connect, failureOf, valueOf } from "./mysql_client.ts";
import { type MysqlNode, type MysqlServer, mysqlTests, startMysql } from "./mysql/mod.ts";

const DEADLINE_MS = 20_000;
const app = { user: "app", password: "right" };

async function tableOn(server: MysqlServer): Promise<void> {
  await server.admin().query("create database shop; create table shop.item (id int)");
}

async function insertInto(server: MysqlServer): Promise<void> {
  await server.admin().query("insert into shop.item values (1)");
}

async function itemsOn(node: MysqlNode): Promise<number> {
  return Number(await valueOf(node.admin(), "select count(*) from shop.item"));
}

async function isRefused(port: number): Promise<boolean> {
  return await Deno.connect({ port }).then((connection) => (connection.close(), false), () => true);
}

for (const flavor of ["mysql", "mariadb"] as const) {
  const test = await mysqlTests(flavor);

  test("a server starts empty, takes extra settings, and leaves nothing when closed", async () => {
    const server = await startMysql({ flavor, settings: { "max-connections": "17" } });
    const admin = server.admin();
    assert.equal(await valueOf(admin, "select @@max_connections"), 17);
    const version = await valueOf(admin, "select version()");
    assert.ok(`${version}`.startsWith(server.version), `${version} is not ${server.version}`);
    const own = "'mysql', 'information_schema', 'performance_schema', 'sys'";
    const others = `select count(*) from information_schema.schemata where schema_name not in`;
    assert.equal(await valueOf(admin, `${others} (${own})`), 0);
    // Those with a dot are the server's own, which nobody can log in as.
    const [accounts] = await admin.query(
      "select user as user, host as host from mysql.user where user not like '%.%'",
    );
    assert.deepEqual(accounts, [{ user: "root", host: "%" }]);
    const data = `${await valueOf(admin, "select @@datadir")}`;
    assert.match(data, new RegExp(`/rekey-${flavor}-`));

    await server.close();
    await server.close();
    const log = await server.log();
    assert.ok(log.some((line) => line.includes("ready for connections")), log.join("\n"));
    await assert.rejects(Deno.stat(data), Deno.errors.NotFound);
    await assert.rejects(Deno.stat(data.replace(/data\/$/, "")), Deno.errors.NotFound);
    assert.ok(await isRefused(server.port));
  });

  test("a server takes another port when the one it was to have is taken", async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using server = await startMysql({ flavor, port: taken.addr.port });
    assert.notEqual(server.port, taken.addr.port);
    assert.equal(await valueOf(server.admin(), "select @@port"), server.port);
  });

  test("a server that cannot start says what was tried and what it logged", async () => {
    await assert.rejects(
      startMysql({ flavor, settings: { "no-such-setting": "1" } }),
      (error: Error) => {
        assert.match(error.message, /Cannot start (MySQL|MariaDB) from .* on 127\.0\.0\.1:\d+/);
        assert.match(error.message, /ended with code \d+/);
        assert.match(error.message, /unknown variable 'no-such-setting=1'/);
        const folder = error.message.match(/ in (\S+):/)![1]!;
        assert.throws(() => Deno.statSync(folder), Deno.errors.NotFound);
        return true;
      },
    );
  });

  test("a server does not run as root", async () => {
    await using server = await startMysql({ flavor });
    const data = await valueOf(server.admin(), "select @@datadir");
    // Made by the server itself.
    assert.notEqual((await Deno.stat(`${data}server.pid`)).uid, 0);
  });

  test("a client logs in by password, over TLS and without", async () => {
    await using server = await startMysql({ flavor, tls: true });
    await server.admin().query("create user app identified by 'right'");
    await using plain = await connect(server, app);
    const cipher = "show session status like 'ssl_cipher'";
    const [plainRows] = await plain.query(cipher);
    assert.equal((plainRows as { Value: string }[])[0]!.Value, "");
    const ssl = { ca: server.tls!.ca, verifyIdentity: true };
    await using secure = await connect({ ...server, host: "localhost", port: server.port }, {
      ...app,
      ssl,
    });
    const [secureRows] = await secure.query(cipher);
    assert.match((secureRows as { Value: string }[])[0]!.Value, /^TLS_|^ECDHE-/);
    const plugin = "select plugin from mysql.user where user = 'app'";
    assert.equal(
      await valueOf(server.admin(), plugin),
      flavor === "mysql" ? "caching_sha2_password" : "mysql_native_password",
    );
  });

  test("a client verifies the server's certificate by authority and by name", async () => {
    await using server = await startMysql({ flavor, tls: true });
    const { ca, otherCa } = server.tls!;
    const { port, superuser } = server;
    const local = { host: "localhost", port };
    const ssl = { verifyIdentity: true };
    const wrongAuthority = await failureOf(local, { ...superuser, ssl: { ...ssl, ca: otherCa } });
    assert.match(wrongAuthority.message, /certificate|UnknownIssuer/i);
    await using misnamed = await startMysql({ flavor, tls: { names: ["db.invalid"] } });
    const wrongName = await failureOf({ host: "localhost", port: misnamed.port }, {
      ...superuser,
      ssl: { ...ssl, ca: misnamed.tls!.ca },
    });
    assert.match(wrongName.message, /altnames|NotValidForName/i);
    await using trusting = await connect(local, { ...superuser, ssl: { ...ssl, ca } });
    assert.equal(await valueOf(trusting, "select 1"), 1);
  });

  test("a server that requires TLS refuses plain logins, and its replica follows it", async () => {
    await using server = await startMysql({ flavor, tls: { required: true }, replica: {} });
    const refused = await failureOf(server, server.superuser);
    assert.equal(refused.errno, flavor === "mysql" ? 3159 : 1045);
    await tableOn(server);
    await server.waitForReplay(DEADLINE_MS);
    assert.equal(await itemsOn(server.replica!), 0);
    assert.deepEqual((await server.failedLogins()).map(({ user }) => user), ["root"]);
  });

  test("a server without TLS offers none", async () => {
    await using server = await startMysql({ flavor });
    const failure = await failureOf(server, { ...server.superuser, ssl: {} });
    assert.match(failure.message, /does not support secure connection/);
  });

  test("a durable server that is killed keeps every row that it acknowledged", async () => {
    await using server = await startMysql({ flavor, durable: true });
    await tableOn(server);
    await using writer = await connect(server, server.superuser);
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await writer.query("insert into shop.item values (1)");
        acknowledged++;
      }
    })();
    writing.catch(() => {});
    await pollUntil(
      DEADLINE_MS,
      () => Promise.resolve(acknowledged > 50),
      () => "It writes slowly.",
    );
    const { port, pid } = server;
    await server.kill();
    await assert.rejects(writing);
    assert.equal(server.pid, undefined);
    assert.ok(await isRefused(port));

    await server.restart();
    assert.equal(server.port, port);
    assert.notEqual(server.pid, pid);
    const items = await itemsOn(server);
    // The last row may be written but not yet acknowledged.
    assert.ok(items === acknowledged || items === acknowledged + 1, `${items} of ${acknowledged}`);
  });

  test("a replica applies a commit as late as its lag says, and cannot be written to", async () => {
    await using server = await startMysql({ flavor, replica: { lagMs: 1000 } });
    await tableOn(server);
    await server.waitForReplay(DEADLINE_MS);
    const committedAt = performance.now();
    await insertInto(server);
    await pollUntil(
      DEADLINE_MS,
      async () => await itemsOn(server.replica!) === 1,
      () => "The replica never applied the row.",
    );
    const behindMs = performance.now() - committedAt;
    assert.ok(behindMs >= 1000, `only ${behindMs} ms behind`);

    await server.admin().query(
      "create user app identified by 'right'; grant all on shop.* to app",
    );
    await server.waitForReplay(DEADLINE_MS);
    await using writer = await connect(server.replica!, app);
    await assert.rejects(writer.query("insert into shop.item values (2)"), /read-only/);
  });

  test("a replica's lag can be changed while it runs", async () => {
    await using server = await startMysql({ flavor, replica: {} });
    await tableOn(server);
    await server.waitForReplay(DEADLINE_MS);
    await server.setReplicaLag(600_000);
    await insertInto(server);
    await assert.rejects(server.waitForReplay(300), /not the primary's .* within 300 ms/);
    assert.equal(await itemsOn(server.replica!), 0);
    await server.setReplicaLag(0);
    await server.waitForReplay(DEADLINE_MS);
    assert.equal(await itemsOn(server.replica!), 1);
  });

  test("a paused replica still answers with old data, and catches up when resumed", async () => {
    await using server = await startMysql({ flavor, replica: {} });
    await server.admin().query("create user app identified by 'right'");
    await server.waitForReplay(DEADLINE_MS);
    await server.pauseReplay();
    await server.admin().query("alter user app identified by 'second'");
    await assert.rejects(server.waitForReplay(300), /it is paused/);
    // A change of the lag is no reason to go on.
    await server.setReplicaLag(0);
    await assert.rejects(server.waitForReplay(300), /it is paused/);

    // The credential that the primary has forgotten is the one that the replica knows.
    const second = { ...app, password: "second" };
    assert.equal((await failureOf(server, app)).errno, 1045);
    assert.equal((await failureOf(server.replica!, second)).errno, 1045);
    assert.deepEqual((await server.replica!.failedLogins()).map(({ user }) => user), ["app"]);
    await using _old = await connect(server.replica!, app);

    await server.resumeReplay();
    await server.waitForReplay(DEADLINE_MS);
    assert.equal((await failureOf(server.replica!, app)).errno, 1045);
    await using _new = await connect(server.replica!, second);
  });

  test("a replica follows its primary again after either of them was restarted", async () => {
    await using server = await startMysql({ flavor, replica: {}, durable: true });
    await tableOn(server);
    await server.restart();
    await insertInto(server);
    await server.waitForReplay(DEADLINE_MS);
    await server.replica!.restart();
    await insertInto(server);
    await server.waitForReplay(DEADLINE_MS);
    assert.equal(await itemsOn(server.replica!), 2);
  });

  test("a server ends and its data goes when its parent is killed", async () => {
    const script = `
      import { startMysql } from ${JSON.stringify(import.meta.resolve("./mysql/mod.ts"))};
      const server = await startMysql({ flavor: ${JSON.stringify(flavor)}, replica: {} });
      const folders = [];
      for (const node of [server, server.replica]) {
        const [rows] = await node.admin().query("select @@datadir as folder");
        folders.push(rows[0].folder);
      }
      console.log(JSON.stringify({ ports: [server.port, server.replica.port], folders }));`;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const parent = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-lock", "--config", config, script],
      stdout: "piped",
    }).spawn();
    const output = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let printed = "";
    while (!printed.includes("\n")) {
      const { value, done } = await output.read();
      assert.ok(!done, `the parent ended after printing "${printed}"`);
      printed += value;
    }
    const { ports, folders } = JSON.parse(printed) as { ports: number[]; folders: string[] };
    for (const port of ports) assert.equal(await isRefused(port), false);

    parent.kill("SIGKILL");
    await parent.status;
    await output.cancel();
    for (const port of ports) {
      await pollUntil(
        DEADLINE_MS,
        () => isRefused(port),
        () => `The server on port ${port} outlives its parent.`,
      );
    }
    for (const folder of folders) {
      await pollUntil(
        DEADLINE_MS,
        () => Deno.stat(folder.replace(/\/data\/$/, "")).then(() => false, () => true),
        () => `${folder} outlives the process that made it.`,
      );
    }
  });
}
