import assert from "node:assert/strict";
import postgres from "postgres";
import { pollUntil } from "./common/poll.ts";
import { type PostgresServer, startPostgres, superuser } from "./postgres/mod.ts";

const DEADLINE_MS = 20_000;

type Login = Partial<
  Pick<postgres.Options<Record<never, never>>, "host" | "user" | "password" | "database" | "ssl">
>;

/** A client with one connection, as superuser unless told otherwise. */
function client(node: { host: string; port: number }, login: Login = {}) {
  const sql = postgres({
    host: node.host,
    port: node.port,
    user: superuser.user,
    password: superuser.password,
    database: "postgres",
    max: 1,
    fetch_types: false,
    onnotice: () => {},
    ...login,
  });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}

/** The code of the error with which a login fails. */
async function failureOf(node: { host: string; port: number }, login: Login): Promise<string> {
  await using attempt = client(node, login);
  const error = await attempt.sql`select 1`.then(
    () => assert.fail(`${JSON.stringify(login)} was let in`),
    (error: Error & { code?: string }) => error,
  );
  return `${error.code ?? error.message}`;
}

async function tableOn(server: PostgresServer): Promise<void> {
  await server.admin()`create table item (id int)`;
}

async function itemsOn(node: { admin(): postgres.Sql }): Promise<number> {
  const [row] = await node.admin()`select count(*)::int as items from item`;
  return row!["items"];
}

Deno.test("a server starts empty, takes extra settings, and leaves nothing when closed", async () => {
  const server = await startPostgres({ settings: { work_mem: "3MB", log_statement: "all" } });
  const [row] = await server.admin()`
    select current_setting('work_mem') as memory, current_setting('data_directory') as data,
      (select count(*)::int from pg_stat_user_tables) as tables`;
  await server.close();
  await server.close();
  assert.equal(row!["memory"], "3MB");
  assert.equal(row!["tables"], 0);
  const log = await server.log();
  assert.ok(log.some((line) => line.includes(" LOG:  execute ")), log.join("\n"));
  assert.match(log.at(-1)!, /database system is shut down/);
  await assert.rejects(Deno.stat(row!["data"]), Deno.errors.NotFound);
  await assert.rejects(Deno.connect({ port: server.port }), Deno.errors.ConnectionRefused);
});

Deno.test("a server takes another port when the one it was to have is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using server = await startPostgres({ port: taken.addr.port });
  assert.notEqual(server.port, taken.addr.port);
  const [row] = await server.admin()`select current_setting('port')::int as port`;
  assert.equal(row!["port"], server.port);
});

Deno.test("failed logins are attributed to the user and database that were asked for", async () => {
  await using server = await startPostgres();
  await server.admin()`create role app login password 'right'`;
  await server.admin()`create role "odd name@host" login password 'right'`;
  await server.admin()`create role group_only`;
  await server.admin()`create database shop`;

  const attempts: [Login & { user: string; database: string }, string][] = [
    [{ user: "app", password: "wrong", database: "shop" }, "28P01"],
    [{ user: "nobody_known", password: "right", database: "shop" }, "28P01"],
    [{ user: "odd name@host", password: "wrong", database: "shop" }, "28P01"],
    [{ user: "app", password: "right", database: "no_such_shop" }, "3D000"],
    [{ user: "group_only", password: "", database: "postgres" }, "28P01"],
  ];
  const before = Date.now();
  for (const [login, code] of attempts) assert.equal(await failureOf(server, login), code);

  const failed = await server.failedLogins();
  assert.deepEqual(
    failed.map(({ user, database, code }) => ({ user, database, code })),
    attempts.map(([{ user, database }, code]) => ({ user, database, code })),
  );
  for (const { at, line } of failed) {
    assert.ok(at.getTime() >= before - 1 && at.getTime() <= Date.now(), `${at} of "${line}"`);
  }
});

Deno.test("sessions are seen and ended by user and database, which is no failed login", async () => {
  await using server = await startPostgres();
  await server.admin()`create role app login password 'right'`;
  await using mine = client(server, { user: "app", password: "right" });
  await using other = client(server);
  const [own] = await mine.sql`select pg_backend_pid() as pid`;
  await other.sql`select 1`;

  assert.equal((await server.sessions()).length, 2);
  assert.deepEqual((await server.sessions({ user: "app" })).map(({ pid }) => pid), [own!["pid"]]);
  assert.deepEqual(await server.sessions({ user: "app", database: "template1" }), []);
  assert.equal(await server.terminateSessions({ user: "app", database: "postgres" }), 1);
  assert.deepEqual(await server.sessions({ user: "app" }), []);
  assert.equal((await server.sessions()).length, 1);
  assert.deepEqual(await server.failedLogins(), []);
});

Deno.test("a durable server that is killed keeps every row that it acknowledged", async () => {
  await using server = await startPostgres({ durable: true });
  await tableOn(server);
  await using writer = client(server);
  let acknowledged = 0;
  const writing = (async () => {
    for (;;) {
      await writer.sql`insert into item values (1)`;
      acknowledged++;
    }
  })();
  writing.catch(() => {});
  await pollUntil(DEADLINE_MS, () => Promise.resolve(acknowledged > 50), () => "It writes slowly.");
  const { port, pid } = server;
  await server.kill();
  await assert.rejects(writing);
  assert.equal(server.pid, undefined);
  await assert.rejects(Deno.connect({ port }), Deno.errors.ConnectionRefused);

  await server.restart();
  assert.equal(server.port, port);
  assert.notEqual(server.pid, pid);
  const items = await itemsOn(server);
  // The last row may be written but not yet acknowledged.
  assert.ok(items === acknowledged || items === acknowledged + 1, `${items} of ${acknowledged}`);
});

Deno.test("a server that is to come back waits for its port when another has it for a while", async () => {
  await using server = await startPostgres();
  const { port } = server;
  await server.kill();
  const other = Deno.listen({ hostname: "127.0.0.1", port });
  const restarted = server.restart();
  await pollUntil(
    DEADLINE_MS,
    async () => (await server.log()).some((line) => line.includes("could not create any TCP/IP")),
    () => "The server did not meet the other.",
  ).finally(() => other.close());
  await restarted;
  assert.equal(server.port, port);
});

Deno.test("a replica applies a commit as late as its lag says", async () => {
  await using server = await startPostgres({ replica: { lagMs: 1500 } });
  await tableOn(server);
  await server.waitForReplay();
  const committedAt = performance.now();
  await server.admin()`insert into item values (1)`;
  await pollUntil(
    DEADLINE_MS,
    async () => await itemsOn(server.replica!) === 1,
    () => "The replica never applied the row.",
  );
  const behindMs = performance.now() - committedAt;
  assert.ok(behindMs >= 1400, `only ${behindMs} ms behind`);
});

Deno.test("a replica's lag can be changed while it runs", async () => {
  await using server = await startPostgres({ replica: {} });
  await tableOn(server);
  await server.waitForReplay();
  await server.setReplicaLag(600_000);
  await server.admin()`insert into item values (1)`;
  await assert.rejects(server.waitForReplay(300), /not the primary's .* within 300 ms/);
  assert.equal(await itemsOn(server.replica!), 0);
  await server.setReplicaLag(0);
  await server.waitForReplay(DEADLINE_MS);
  assert.equal(await itemsOn(server.replica!), 1);
});

Deno.test("a paused replica still answers with old data, and catches up when resumed", async () => {
  await using server = await startPostgres({ replica: {} });
  await tableOn(server);
  await server.admin()`create role app login password 'first'`;
  await server.waitForReplay();
  await server.pauseReplay();
  await server.admin()`alter role app password 'second'`;
  await assert.rejects(server.waitForReplay(300), /its replay is "paused"/);

  // The credential that the primary has forgotten is the one that the replica knows.
  assert.equal(await failureOf(server, { user: "app", password: "first" }), "28P01");
  assert.equal(await failureOf(server.replica!, { user: "app", password: "second" }), "28P01");
  assert.equal((await server.replica!.failedLogins()).length, 1);

  await server.resumeReplay();
  await server.waitForReplay(DEADLINE_MS);
  assert.equal(await failureOf(server.replica!, { user: "app", password: "first" }), "28P01");
});

Deno.test("a replica follows its primary again after either of them was restarted", async () => {
  await using server = await startPostgres({ replica: {}, durable: true });
  await tableOn(server);
  await server.restart();
  await server.admin()`insert into item values (1)`;
  await server.waitForReplay(DEADLINE_MS);
  await server.replica!.restart();
  await server.admin()`insert into item values (2)`;
  await server.waitForReplay(DEADLINE_MS);
  assert.equal(await itemsOn(server.replica!), 2);
});

Deno.test("a client verifies the server's certificate by authority and by name", async () => {
  await using server = await startPostgres({ tls: true, replica: {} });
  const { ca, otherCa } = server.tls!;
  for (const node of [server, server.replica!]) {
    await using trusting = client(node, { host: "localhost", ssl: { ca } });
    const [row] = await trusting.sql`
      select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    assert.equal(row!["ssl"], true);
  }
  assert.match(
    await failureOf(server, { host: "localhost", ssl: { ca: otherCa } }),
    /certificate|UNABLE_TO_VERIFY|UnknownIssuer/i,
  );
  await using misnamed = await startPostgres({ tls: { names: ["db.invalid"] } });
  assert.match(
    await failureOf(misnamed, { host: "localhost", ssl: { ca: misnamed.tls!.ca } }),
    /ALTNAME|NotValidForName/i,
  );
});

Deno.test("a server that requires TLS refuses plain logins, and its replica follows it", async () => {
  await using server = await startPostgres({ tls: { required: true }, replica: {} });
  assert.equal(await failureOf(server, { ssl: false }), "28000");
  await tableOn(server);
  await server.waitForReplay(DEADLINE_MS);
  assert.equal(await itemsOn(server.replica!), 0);
  assert.deepEqual((await server.failedLogins()).map(({ user }) => user), [superuser.user]);
});

Deno.test("a server that cannot start says what was tried and what it logged", async () => {
  await assert.rejects(
    startPostgres({ settings: { work_mem: "plenty" } }),
    (error: Error) => {
      assert.match(error.message, /Cannot start PostgreSQL from .* on 127\.0\.0\.1:\d+/);
      assert.match(error.message, /ended with code 1/);
      assert.match(error.message, /invalid value for parameter "work_mem": "plenty"/);
      const folder = error.message.match(/ in (\S+):/)![1]!;
      assert.throws(() => Deno.statSync(folder), Deno.errors.NotFound);
      return true;
    },
  );
});

Deno.test("a server ends and its data goes when its parent is killed", async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(import.meta.resolve("./postgres/mod.ts"))};
    const server = await startPostgres({ replica: {} });
    const folders = [];
    for (const node of [server, server.replica]) {
      const [row] = await node.admin()\`show data_directory\`;
      folders.push(row.data_directory);
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
  for (const port of ports) (await Deno.connect({ port })).close();

  parent.kill("SIGKILL");
  await parent.status;
  await output.cancel();
  for (const port of ports) {
    await pollUntil(
      DEADLINE_MS,
      () => Deno.connect({ port }).then((connection) => (connection.close(), false), () => true),
      () => `The server on port ${port} outlives its parent.`,
    );
  }
  for (const folder of folders) {
    await pollUntil(
      DEADLINE_MS,
      () => Deno.stat(folder.replace(/\/data$/, "")).then(() => false, () => true),
      () => `${folder} outlives the process that made it.`,
    );
  }
});
