/** One statement of the app, from the call to its answer. */

import { isRekeyError } from "../../core/errors.ts";
import { Delivery } from "../../core/statement/delivery.ts";
import { surface, withoutValues } from "./errors.ts";

/** How the driver runs it: as a text with its values in it, or prepared. */
export type Method = "query" | "execute";

/** A text, or the driver's options with `sql` in them. */
export type Text = string | { readonly sql: string };

/** What a statement is made of, and who waits for it. */
export interface StatementOptions {
  readonly method: Method;
  readonly sql: Text;
  readonly args: unknown;
  /** Whether errors may show the statement with its values. */
  readonly valuesInErrors: boolean;
  /** Has the stack of the call, for errors. */
  readonly stack: { readonly stack?: string } | undefined;
  readonly resolve: (answer: [rows: unknown, fields: unknown]) => void;
  readonly reject: (error: unknown) => void;
}

/** A statement of the app. */
export class Statement {
  readonly options: StatementOptions;
  readonly delivery: Delivery;

  constructor(options: StatementOptions, delivery = new Delivery()) {
    this.options = options;
    this.delivery = delivery;
  }

  /** The same, to be sent once more. */
  again(): Statement {
    return new Statement(this.options, this.delivery.again());
  }

  /** It was answered. */
  answer(rows: unknown, fields: unknown): void {
    this.delivery.settle();
    this.options.resolve([rows, fields]);
  }

  /** Its connection is gone. */
  lose(error: unknown, possiblyExecuted: boolean): void {
    this.reject(surface(error, possiblyExecuted));
  }

  /** It has failed for good. */
  reject(error: unknown): void {
    this.delivery.settle();
    const { sql, valuesInErrors, stack, reject } = this.options;
    if (!valuesInErrors) withoutValues(error, textOf(sql));
    // Those of the pool are shared by all who waited.
    const own = error instanceof Error && !isRekeyError(error);
    if (own && stack?.stack !== undefined) showCall(error, stack.stack);
    reject(error);
  }
}

/** The statement with its placeholders. What is none is the driver's business to refuse. */
export function textOf(sql: unknown): string {
  return typeof sql === "string" ? sql : String((sql as { sql?: unknown } | undefined)?.sql);
}

/** As the driver does with its promise clients. */
export function refuseCallback(args: unknown): void {
  if (typeof args !== "function") return;
  throw new Error("Callback function is not available with promise clients.");
}

/** As the driver does: where the statement was called says more than where its answer was read. */
function showCall(error: Error, stack: string): void {
  const [, ...calls] = stack.split("\n");
  error.stack = [`${error.name}: ${error.message}`, ...calls].join("\n");
}

/** The stack of a call, without what is above `entry`; undefined where the runtime has no such thing. */
export function stackOf(entry: (...args: never[]) => unknown): { readonly stack?: string } {
  const holder = {};
  Error.captureStackTrace?.(holder, entry);
  return holder;
}
