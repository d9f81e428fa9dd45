/** Runs a program of the folder `raw`, in which the bare driver may crash or run hot. */

import { until } from "../outcome.ts";
import type { PostgresServer } from "../../servers/postgres/mod.ts";
import { app } from "./fixture.ts";

/** What became of a program. */
export interface ProgramResult {
  readonly code: number;
  /** The lines that it told. */
  readonly told: readonly string[];
  readonly errors: string;
}

/** Runs `raw/<name>.ts` to its end, against `port` of this machine, by default the server's. */
export async function runBare(
  name: string,
  server: PostgresServer,
  port: number = server.port,
): Promise<ProgramResult> {
  return await ended(start(name, server, port));
}

/** Runs `raw/<name>.ts`, which has no end of its own, until `holds`. Returns what it told. */
export async function runHot(
  name: string,
  server: PostgresServer,
  holds: () => boolean | Promise<boolean>,
  port: number = server.port,
): Promise<readonly string[]> {
  const program = start(name, server, port);
  let isOver = false;
  const result = ended(program).finally(() => isOver = true);
  try {
    await until(async () => isOver || await holds(), `${name} runs hot`);
    if (isOver) throw new Error(`${name} has ended: ${(await result).errors}`);
  } finally {
    if (!isOver) program.kill("SIGKILL");
    await result;
  }
  return (await result).told;
}

function start(name: string, server: PostgresServer, port: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL(`./raw/${name}.ts`, import.meta.url).pathname],
    env: {
      PORT: `${port}`,
      PASSWORD: app.password,
      ADMIN_PORT: `${server.port}`,
      ADMIN_PASSWORD: server.superuser.password,
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ended(program: Deno.ChildProcess): Promise<ProgramResult> {
  const { code, stdout, stderr } = await program.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, told: text(stdout).trim().split("\n"), errors: text(stderr) };
}
