/** A project on disk that uses drizzle-kit, as its author writes it, for Deno or for Node. */

import { join } from "node:path";
import type { App } from "../../rotation/fixture.ts";
import { installed, type Release } from "./installs.ts";

export type Runtime = "Deno" | "Node";
export type Dialect = "postgresql" | "mysql";

/** What a project is made of. */
export interface ProjectOptions {
  readonly release: Release;
  readonly runtime: Runtime;
  readonly dialect: Dialect;
  readonly app: App<unknown>;
  readonly database: string;
  /** A folder with the tarball's `package`. */
  readonly tarball: string;
}

/** How drizzle-kit is started. */
export interface RunOptions {
  /** By our runner, or by itself. */
  readonly by: "runner" | "itself";
  /** Which module the configuration names: one that exports a client besides the provider, or not. */
  readonly module?: "client" | "credentials";
  /** How many tables the schema has that migrations make, and how many more that push makes. */
  readonly tables?: { readonly migrated: number; readonly pushed: number };
  readonly env?: Readonly<Record<string, string>>;
}

/** How it ended. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = new URL("../../../", import.meta.url);

/** A folder with a project in it. */
export class Project implements AsyncDisposable {
  private constructor(readonly folder: string, readonly options: ProjectOptions) {}

  static async create(options: ProjectOptions): Promise<Project> {
    const { release, runtime, dialect } = options;
    const folder = await Deno.makeTempDir({ prefix: "rekey-drizzle-kit-" });
    await linkModules(await installed(release), folder);
    await Deno.mkdir(join(folder, "db"));
    const files: Record<string, string> = {
      "package.json": '{"private":true,"type":"module"}',
      "drizzle.config.ts": configuration(dialect, options.database),
      "schema.ts": schema(dialect),
      "db/credentials.ts": credentialsModule(options),
      "db/client.ts": clientModule(options),
    };
    if (runtime === "Deno") files["deno.json"] = denoConfiguration();
    else {
      await Deno.mkdir(join(folder, "node_modules/@rekey"), { recursive: true });
      const target = join(folder, "node_modules/@rekey/orm");
      await Deno.rename(await copyOf(options.tarball, folder), target);
    }
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    return new Project(folder, options);
  }

  /** A command of drizzle-kit, ready to be run. */
  command(args: readonly string[], run: RunOptions): Deno.Command {
    const [program, ...before] = this.#program(run.by);
    const { migrated, pushed } = run.tables ?? { migrated: 1, pushed: 0 };
    const env = {
      MODULE: run.module ?? "client",
      MIGRATED: String(migrated),
      PUSHED: String(pushed),
      NO_COLOR: "1",
      ...run.env,
    };
    const piped = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return new Deno.Command(program!, {
      args: [...before, ...args],
      cwd: this.folder,
      env,
      ...piped,
    });
  }

  /** Runs a command of drizzle-kit. */
  async run(args: readonly string[], run: RunOptions): Promise<RunResult> {
    const { code, stdout, stderr } = await this.command(args, run).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }

  #program(by: RunOptions["by"]): string[] {
    const kit = "node_modules/drizzle-kit/bin.cjs";
    if (this.options.runtime === "Node") {
      return by === "itself"
        ? ["node", kit]
        : ["node", "node_modules/@rekey/orm/adapters/drizzle_kit/mod.js", "--"];
    }
    const deno = [Deno.execPath(), "run", "-A", "--quiet"];
    return by === "itself"
      ? [...deno, kit]
      : [...deno, new URL("adapters/drizzle_kit/mod.ts", root).href, "--"];
  }
}

async function linkModules(from: string, to: string): Promise<void> {
  await Deno.mkdir(join(to, "node_modules"));
  for await (const { name } of Deno.readDir(join(from, "node_modules"))) {
    if (name.startsWith(".")) continue;
    await Deno.symlink(join(from, "node_modules", name), join(to, "node_modules", name));
  }
}

async function copyOf(tarball: string, folder: string): Promise<string> {
  const copy = join(folder, "package");
  await new Deno.Command("cp", { args: ["-R", join(tarball, "package"), copy] }).output();
  return copy;
}

/** Imports as JSR gives them: from our sources. */
function denoConfiguration(): string {
  const url = (path: string) => new URL(path, root).href;
  return JSON.stringify({
    nodeModulesDir: "manual",
    lock: false,
    imports: {
      "@rekey/orm": url("mod.ts"),
      "@rekey/orm/aws": url("adapters/aws/mod.ts"),
      "@rekey/orm/drizzle-kit": url("adapters/drizzle_kit/mod.ts"),
      "@rekey/orm/mysql2": url("adapters/mysql2/mod.ts"),
      "@rekey/orm/postgres": url("adapters/postgres/mod.ts"),
    },
  });
}

function configuration(dialect: Dialect, database: string): string {
  return `
import { defineConfig } from "drizzle-kit";
import { rotatingCredentials } from "@rekey/orm/drizzle-kit";

export default defineConfig({
  dialect: "${dialect}",
  schema: "./schema.ts",
  out: "./out",
  dbCredentials: rotatingCredentials(\`./db/\${process.env.MODULE}.ts\`, { database: "${database}" }),
});
if (process.env.SHOW) console.log(process.env.SHOW, rotatingCredentials("./db/credentials.ts", {
  database: "${database}",
})[process.env.SHOW as "password"]);
`;
}

/** Tables m1, m2... for migrations and p1, p2... for push. */
function schema(dialect: Dialect): string {
  const [module, table] = dialect === "mysql"
    ? ["drizzle-orm/mysql-core", "mysqlTable"]
    : ["drizzle-orm/pg-core", "pgTable"];
  const each = (letter: string, variable: string) =>
    [1, 2].map((n) =>
      `export const ${letter}${n} = Number(process.env.${variable}) >= ${n} ` +
      `? ${table}("${letter}${n}", { id: int("id").primaryKey() }) : undefined;`
    ).join("\n");
  const int = dialect === "mysql" ? "int" : "integer as int";
  return `import { ${int}, ${table} } from "${module}";\n${each("m", "MIGRATED")}\n${
    each("p", "PUSHED")
  }\n`;
}

/** The SDK's client is the one part that a real project has and this one has not: it starts slowly. */
function credentialsModule({ app }: ProjectOptions): string {
  return `
import { credentialProvider } from "@rekey/orm";
import { secretsManager } from "@rekey/orm/aws";

async function getSecretValue(input: object) {
  const response = await fetch("${app.double.endpoint}", {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "secretsmanager.GetSecretValue",
      "authorization": "AWS4-HMAC-SHA256 Credential=project/20250101/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=none",
    },
    body: JSON.stringify(input),
  });
  const body = await response.json();
  if (response.ok) return body;
  throw Object.assign(new Error(body.Message), { name: String(body.__type).split("#").pop() });
}
export const credentials = credentialProvider(
  secretsManager({ getSecretValue } as never, "${app.secretId}"),
  { ttlMs: Number(process.env.TTL_MS ?? 60_000) },
);
`;
}

function clientModule({ dialect, database }: ProjectOptions): string {
  return dialect === "mysql"
    ? `
import mysql from "mysql2/promise";
import { rotatingMysql } from "@rekey/orm/mysql2";
import { credentials } from "./credentials.ts";

export { credentials };
export const pool = rotatingMysql(
  (login) => mysql.createPool({ database: "${database}", ...login }),
  { credentials, max: 2 },
);
`
    : `
import postgres from "postgres";
import { rotatingPostgres } from "@rekey/orm/postgres";
import { credentials } from "./credentials.ts";

export { credentials };
export const sql = rotatingPostgres(
  (login) => postgres({ database: "${database}", ...login }),
  { credentials, max: 2 },
);
`;
}
