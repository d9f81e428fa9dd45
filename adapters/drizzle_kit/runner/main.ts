/** The runner as a program. */

import { realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runDrizzleKit } from "./run.ts";

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Whether the module of this URL is the program that was started. Node 20 does not say. */
export function isProgram(meta: ImportMeta): boolean {
  if (meta.main !== undefined) return meta.main;
  const [, started] = process.argv;
  if (started === undefined || !meta.url?.startsWith("file:")) return false;
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(meta.url));
  } catch {
    return false;
  }
}

/** Runs drizzle-kit with this process's arguments, and exits as it does. */
export async function main(): Promise<void> {
  const { stdout, stderr } = process;
  try {
    const args = process.argv.slice(2);
    process.exitCode = await runDrizzleKit({ args, stdout, stderr, onSignal });
  } catch (error) {
    stderr.write(`rekey: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

function onSignal(forward: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
