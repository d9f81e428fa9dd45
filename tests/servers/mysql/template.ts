/** The data folder that every server starts from, made once per version. */
import { join } from "node:path";
import { cached } from "../common/cache.ts";
import { giveToServer, runAsServer, writeForServer } from "../common/identity.ts";
import type { Binaries } from "./binaries.ts";

/** The superuser of every test server. The servers are reachable from this machine only. */
export const superuser: { readonly user: string; readonly password: string } = {
  user: "root",
  password: "test-superuser-password",
};

/** Raise when the template is made in another way, so that older ones are no longer used. */
const TEMPLATE_REVISION = 1;

/** Small files: every start copies them. */
const SMALL = ["--innodb-flush-method=nosync", "--innodb-doublewrite=OFF"];

/** The path of a data folder that no server has ever run on. */
export async function dataTemplate(binaries: Binaries): Promise<string> {
  const { flavor, version } = binaries;
  const name = `${flavor}-data-${version}-${Deno.build.arch}-${TEMPLATE_REVISION}`;
  const folder = await cached(name, async (folder) => {
    await giveToServer(folder);
    await (flavor === "mysql" ? initializeMysql : bootstrapMariadb)(binaries, folder);
  });
  return join(folder, "data");
}

/** What a new MySQL makes that copies must not share: its identity, and TLS that nobody asked for. */
const NOT_FOR_ALL = [
  "auto.cnf",
  "ca.pem",
  "ca-key.pem",
  "server-cert.pem",
  "server-key.pem",
  "client-cert.pem",
  "client-key.pem",
];

async function initializeMysql(binaries: Binaries, folder: string): Promise<void> {
  const script = join(folder, "init.sql");
  const { user, password } = superuser;
  // One statement a line. A superuser without a password, as the server makes it, must not stay.
  await writeForServer(
    script,
    `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}';\n` +
      `GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;\n` +
      `DROP USER 'root'@'localhost';\n`,
  );
  await runServer(binaries, [
    `--datadir=${join(folder, "data")}`,
    "--initialize-insecure",
    `--init-file=${script}`,
    "--innodb-redo-log-capacity=8M",
    ...SMALL,
  ]);
  await Deno.remove(script);
  for (const name of NOT_FOR_ALL) {
    await Deno.remove(join(folder, "data", name)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** The scripts of a new MariaDB, by the names of its releases before and since 11.0. */
const MARIADB_SCRIPTS = [
  ["mysql_system_tables.sql", "mariadb_system_tables.sql"],
  ["mysql_performance_tables.sql", "mariadb_performance_tables.sql"],
  ["mysql_system_tables_data.sql", "mariadb_system_tables_data.sql"],
  ["maria_add_gis_sp_bootstrap.sql"],
  ["mysql_sys_schema.sql", "mariadb_sys_schema.sql"],
] as const;

async function bootstrapMariadb(binaries: Binaries, folder: string): Promise<void> {
  const data = join(folder, "data");
  await Deno.mkdir(join(data, "mysql"), { recursive: true });
  for (const path of [data, join(data, "mysql")]) await giveToServer(path);
  const { user, password } = superuser;
  const scripts: string[] = ["use mysql;\nset @auth_root_socket=NULL, @skip_auth_anonymous=1;\n"];
  for (const names of MARIADB_SCRIPTS) scripts.push(await firstText(binaries.share, names));
  scripts.push(
    "use mysql;\ndelete from global_priv where user = 'root';\nflush privileges;\n",
    `create user '${user}'@'%' identified by '${password}';\n`,
    `grant all on *.* to '${user}'@'%' with grant option;\n`,
  );
  await runServer(binaries, [
    `--datadir=${data}`,
    "--bootstrap",
    "--enforce-storage-engine=",
    "--max-allowed-packet=8M",
    "--innodb-log-file-size=8M",
    ...SMALL,
  ], scripts.join(""));
}

async function runServer(binaries: Binaries, args: string[], input?: string): Promise<void> {
  const [program, ...rest] = binaries.command;
  const paths = Object.entries(binaries.paths).map(([name, value]) => `--${name}=${value}`);
  await runAsServer(program!, [...rest, "--no-defaults", ...paths, ...args], input);
}

async function firstText(folder: string, names: readonly string[]): Promise<string> {
  for (const name of names) {
    const text = await Deno.readTextFile(join(folder, name)).catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new Error(`MariaDB's folder ${folder} has none of ${names.join(", ")}.`);
}
