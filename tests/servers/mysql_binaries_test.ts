import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { cacheFolder } from "./common/cache.ts";
import { run } from "./common/identity.ts";
import { type BinariesSource, findBinaries, mysqlBinaries } from "./mysql/binaries.ts";
import { flavors } from "./mysql/flavor.ts";
import { mysqlTests, ServerUnavailableError } from "./mysql/mod.ts";

const nobody = 65534;

async function programsIn(cache: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(cache)).catch((error) => {
    // All programs of this machine are installed ones.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  return entries.map(({ name }) => name).filter((name) => name.includes("-debian-"));
}

/** A new cache with the programs that this machine's cache has, but no template data. */
async function cacheOfPrograms(owner?: number) {
  const folder = await Deno.makeTempDir({ prefix: "rekey-servers-test-" });
  for (const name of await programsIn(cacheFolder())) {
    await Deno.symlink(join(cacheFolder(), name), join(folder, name));
  }
  if (owner !== undefined) await Deno.chown(folder, owner, owner);
  return {
    path: folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const config = new URL("../../deno.json", import.meta.url).pathname;
const sources = import.meta.resolve("./mysql/binaries.ts");
const module = import.meta.resolve("./mysql/mod.ts");

/** Copies the packages that a server's module needs: those of root are closed to others. */
async function copyPackages(folder: string, owner: number): Promise<void> {
  const infoOf = async (...of: string[]) =>
    JSON.parse(await run(Deno.execPath(), ["info", "--json", ...of]));
  const { npmPackages } = await infoOf("--no-lock", "--config", config, module) as {
    npmPackages: Record<string, { name: string; registryUrl: string }>;
  };
  const { npmCache } = await infoOf() as { npmCache: string };
  for (const { name, registryUrl } of Object.values(npmPackages)) {
    const place = join(new URL(registryUrl).host, name);
    await Deno.mkdir(join(folder, "npm", place), { recursive: true });
    const copy = () => run("cp", ["-R", `${join(npmCache, place)}/.`, join(folder, "npm", place)]);
    // Another process that adds to the cache may take a file of its own away meanwhile.
    await copy().catch(copy);
  }
  await run("chown", ["-R", `${owner}`, folder]);
}

/** Runs TypeScript in a process of its own; returns what it printed. */
async function runScript(
  script: string,
  env: Record<string, string>,
  identity: { uid?: number; gid?: number } = {},
): Promise<string> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-lock", "--cached-only", "--config", config, script],
    env,
    cwd: "/",
    ...identity,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(output.success, text(output.stderr));
  return text(output.stdout).trim();
}

Deno.test("what is not found anywhere is unavailable, and the error says how to get it", async () => {
  const nothing: BinariesSource = () => Promise.resolve(undefined);
  const offline: BinariesSource = () => {
    throw new ServerUnavailableError("no network");
  };
  await assert.rejects(findBinaries("mysql", [nothing, offline]), (error: Error) => {
    assert.ok(error instanceof ServerUnavailableError);
    assert.match(error.message, /There is no MySQL on this machine.*\(no network\)/);
    assert.match(error.message, /Install mysqld.*REKEY_MYSQLD.*mysql-server-core/);
    return true;
  });
  await assert.rejects(findBinaries("mariadb", [nothing]), /no MariaDB .*REKEY_MARIADBD/);
});

Deno.test("a machine without apt and without a server is told so", async () => {
  await using cache = await cacheOfPrograms();
  for (const name of await programsIn(cache.path)) await Deno.remove(join(cache.path, name));
  const printed = await runScript(
    `import { debianBinaries, findBinaries } from ${JSON.stringify(sources)};
     await findBinaries("mysql", [debianBinaries]).catch(({ name, message }) => {
       console.log(name, message);
     });`,
    { PATH: "/nonexistent", REKEY_SERVERS_CACHE: cache.path },
  );
  assert.match(printed, /^ServerUnavailableError There is no MySQL .*"apt-get /);
});

Deno.test("a program that a variable names has to be the server that it is for", async () => {
  const printed = await runScript(
    `import { mysqlBinaries } from ${JSON.stringify(sources)};
     await mysqlBinaries("mysql").catch(({ name, message }) => console.log(name, message));`,
    { REKEY_MYSQLD: "/bin/echo" },
  );
  assert.match(printed, /^Error "\/\S*echo" is not MySQL: it says /);
});

for (const flavor of ["mysql", "mariadb"] as const) {
  const test = await mysqlTests(flavor);
  const start = `
    import { startMysql } from ${JSON.stringify(module)};
    await using server = await startMysql({ flavor: ${JSON.stringify(flavor)}, replica: {} });
    await server.admin().query("create database shop");
    await server.waitForReplay();
    const [rows] = await server.admin().query("select @@datadir as data");
    console.log(Deno.uid(), (await Deno.stat(rows[0].data + "server.pid")).uid);`;

  test("two processes that make the template at once both get a server", async () => {
    await using cache = await cacheOfPrograms();
    await Deno.chmod(cache.path, 0o755);
    const env = { REKEY_SERVERS_CACHE: cache.path };
    const printed = await Promise.all([runScript(start, env), runScript(start, env)]);
    assert.equal(printed[0], printed[1]);
    const made = (await Array.fromAsync(Deno.readDir(cache.path), ({ name }) => name))
      .filter((name) => name.startsWith(`${flavor}-data-`) || name.startsWith(".building"));
    assert.equal(made.length, 1, made.join());
  });

  test("a program that a variable names, or that is on PATH, is preferred", async () => {
    await using cache = await cacheOfPrograms();
    await Deno.chmod(cache.path, 0o755);
    const { command, share } = await mysqlBinaries(flavor);
    // An installation whose program calls the real one.
    const program = join(cache.path, "installed/sbin", flavors[flavor].program);
    await Deno.mkdir(dirname(program), { recursive: true });
    await Deno.mkdir(join(cache.path, "installed/share"));
    await Deno.symlink(share, join(cache.path, "installed/share/mysql"));
    const script = `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(" ")} "$@"\n`;
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    const origin = `
      import { mysqlBinaries } from ${JSON.stringify(sources)};
      console.log((await mysqlBinaries(${JSON.stringify(flavor)})).origin);`;
    const variable = { [flavors[flavor].programVariable]: program };
    const path = { PATH: `${dirname(program)}:${Deno.env.get("PATH")}` };
    for (const env of [variable, path]) {
      assert.equal(await runScript(origin, env), await Deno.realPath(program));
    }
    await runScript(start, { ...variable, REKEY_SERVERS_CACHE: cache.path });
  });

  if (Deno.uid() === 0) {
    test("a server is started by an unprivileged user as well", async () => {
      await using cache = await cacheOfPrograms(nobody);
      const env = { REKEY_SERVERS_CACHE: cache.path, DENO_DIR: join(cache.path, "deno") };
      await copyPackages(env.DENO_DIR, nobody);
      const printed = await runScript(start, env, { uid: nobody, gid: nobody });
      assert.equal(printed, `${nobody} ${nobody}`);
    });
  }
}
