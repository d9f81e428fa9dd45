/**
 * The program that imports the user's module, finds a credential, and tells it on standard output.
 *
 * drizzle-kit 0.31 loads its configuration synchronously, so whatever has to be awaited is awaited
 * in a process of its own. It gets the request on standard input and prints the answer into a pipe:
 * the secret is in no argument, no variable and no file.
 */

import process from "node:process";
import { codeOf } from "../../../core/errors.ts";
import { type AgentMessage, type CredentialRequest, encodeMessage, Lines } from "../protocol.ts";
import { findExports } from "./credentials_module.ts";
import { findCredential } from "./find_credential.ts";

/** Imports a module of the user's. */
export type ImportModule = (url: string) => Promise<Record<string, unknown>>;

async function answer(
  { module, refused, watch }: CredentialRequest,
  importModule: ImportModule,
): Promise<void> {
  const found = findExports(module, await importModule(module));
  const credential = await findCredential(found, refused);
  await say({ type: "credential", credential });
  if (!watch) return end(0);
  found.credentials.subscribe((current) => {
    if (current.versionId !== credential.versionId) void say({ type: "changed" });
  });
}

function say(message: AgentMessage): Promise<void> {
  return new Promise((resolve) => process.stdout.write(encodeMessage(message), () => resolve()));
}

/** The module may have left timers and connections behind. */
function end(code: number): void {
  process.exit(code);
}

/** Where this module is: what is started is a program of one line that imports it. */
export const agentUrl: string = import.meta.url;

/**
 * Answers the request on standard input, and ends the process.
 *
 * @param importModule `import` of the program that is started: it is the project's, as the module is
 */
export function startAgent(importModule: ImportModule): void {
  const lines = new Lines();
  let request: CredentialRequest | undefined;
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (piece: string) => {
    const [line] = lines.push(piece);
    if (line === undefined || request !== undefined) return;
    request = JSON.parse(line) as CredentialRequest;
    answer(request, importModule).catch(async (error) => {
      // Loaders tell over several lines what is wrong with a module.
      const message = String(error?.message ?? error).trim().replaceAll(/\s*\n\s*/g, " ");
      await say({ type: "failed", code: codeOf(error), message });
      end(1);
    });
  });
  process.stdin.on("end", () => {
    // Whoever asked is gone, or has nothing more to ask.
    if (request === undefined || request.watch) end(0);
  });
}
