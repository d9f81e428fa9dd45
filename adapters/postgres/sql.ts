/** The callable `sql` and what hangs on it, for a pool or for one connection. */

import { readFile } from "node:fs/promises";
import type { Front } from "./driver/front.ts";
import type { DriverQuery, DriverSql } from "./driver/port.ts";
import type { RotatingQuery, RotatingQueryClass } from "./driver/rotating_query.ts";

/** Sends a statement. */
export type Handler = ((query: DriverQuery) => void) & { debug?: unknown };

/** What makes a `sql`. */
export interface SqlParts<S extends DriverSql> {
  readonly front: Front<S>;
  readonly Query: RotatingQueryClass;
  readonly cancel: (query: DriverQuery) => unknown;
}

/** The part of `sql` that is the same for pool, transaction and reserved connection. */
export interface BasicSql {
  (strings: unknown, ...args: unknown[]): RotatingQuery;
  unsafe(text: string, args?: unknown[], options?: Record<string, unknown>): RotatingQuery;
}

/** Makes a `sql` whose statements go to `handler`. */
export function makeSql<S extends DriverSql>(
  { front, Query, cancel }: SqlParts<S>,
  handler: Handler,
): BasicSql {
  const driver = front.sql as unknown as ((...args: unknown[]) => RotatingQuery) & {
    readonly [key: string]: unknown;
  };
  handler.debug = front.options.debug;

  const sql = (strings: unknown, ...args: unknown[]) =>
    isTemplate(strings)
      ? new Query(strings, args, handler, cancel)
      // Identifiers and helpers, which are no statements.
      : driver(strings, ...args);

  const unsafe = (
    text: string,
    args: unknown[] | Record<string, unknown> = [],
    options: Record<string, unknown> = {},
  ) => {
    const given = Array.isArray(args) ? options : args;
    const values = Array.isArray(args) ? args : [];
    return new Query([text], values, handler, cancel, {
      prepare: false,
      ...given,
      simple: "simple" in given ? given.simple : values.length === 0,
    });
  };

  const file = (
    path: string | URL,
    args: unknown[] | Record<string, unknown> = [],
    options: Record<string, unknown> = {},
  ) => {
    const given = Array.isArray(args) ? options : args;
    const values = Array.isArray(args) ? args : [];
    const read = (query: DriverQuery) => {
      readFile(path, "utf8").then((text) => {
        Object.assign(query, { strings: [text] });
        handler(query);
      }).catch((error) => query.reject(error));
    };
    const simple = "simple" in given ? given.simple : values.length === 0;
    return new Query([], values, read, cancel, { ...given, simple });
  };

  const { types, typed, array, json } = driver;
  return Object.assign(sql, {
    unsafe,
    file,
    types,
    typed,
    array,
    json,
    async notify(channel: string, payload: string) {
      return await sql(template`select pg_notify(${0}, ${1})`, channel, `${payload}`);
    },
  });
}

/** Whether a `sql` was called as the tag of a template. */
export function isTemplate(value: unknown): value is readonly string[] {
  return Array.isArray((value as { raw?: unknown } | undefined)?.raw);
}

/** The strings of a template, to be used with other values. */
function template(strings: TemplateStringsArray, ..._places: number[]): TemplateStringsArray {
  return strings;
}
