/** Runs a program of the folder `raw`, in which the bare driver may crash or run hot. */

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
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL(`./raw/${name}.ts`, import.meta.url).pathname],
    env: {
      PORT: `${port}`,
      PASSWORD: app.password,
      ADMIN_PORT: `${server.port}`,
      ADMIN_PASSWORD: server.superuser.password,
      NO_COLOR: "1",
    },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, told: text(stdout).trim().split("\n"), errors: text(stderr) };
}
