/** Sees from inside drizzle-kit why it fails. */

import process from "node:process";
import type { KitFailure } from "./protocol.ts";

/**
 * Calls `report` when this process ends with a code other than 0, with what was rejected last.
 *
 * drizzle-kit 0.31 waits for its work with `task.then(done, (error) => process.exit(1))` and prints
 * nothing of the error; so the one place where it can be seen is `then`.
 */
export function watchFailures(report: (failure: KitFailure) => void): void {
  let last: unknown;
  const { then } = Promise.prototype;
  // deno-lint-ignore no-explicit-any -- the same signature, whatever the types
  Promise.prototype.then = function (this: Promise<any>, done: any, failed: any): any {
    const witnessed = typeof failed !== "function" ? failed : (reason: unknown) => {
      last = reason;
      return failed(reason);
    };
    return then.call(this, done, witnessed);
  };
  process.on("exit", (code) => {
    const failure = code === 0 ? undefined : describeFailure(last);
    if (failure !== undefined) report(failure);
  });
}

/**
 * What is worth telling of an error: of the innermost one, because drizzle wraps the database's in
 * one whose message is the statement. Undefined for what is no failure of the work: drizzle-kit tries
 * to import one driver after the other.
 */
export function describeFailure(thrown: unknown): KitFailure | undefined {
  if (!(thrown instanceof Error)) return undefined;
  let error = thrown as Error & Record<string, unknown>;
  for (let depth = 0; depth < 8 && error.cause instanceof Error; depth++) {
    error = error.cause as typeof error;
  }
  const { name, code, errno, severity, sql, query } = error;
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return undefined;
  const [message] = error.message.split("\n");
  return {
    name,
    message: message!,
    ...typeof code === "string" && { code },
    ...typeof errno === "number" && { errno },
    ...typeof severity === "string" && { severity },
    hasStatement: sql !== undefined || (query !== undefined && severity !== "FATAL"),
  };
}
