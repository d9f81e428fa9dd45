/** The instance that builds statements and never connects. */

import { RekeyError } from "../../../core/errors.ts";
import { Secret } from "../../../core/secret.ts";
import { assertSpread, loginOf } from "./open.ts";
import type {
  DriverOptions,
  DriverQuery,
  DriverQueryClass,
  DriverSql,
  PostgresFactory,
} from "./port.ts";

/** The driver's releases that the tests run on. */
export const supportedVersions = "3.4.8 and later 3.4.x";

/** An instance that builds statements, and what it lets us see of the driver. */
export interface Front<S extends DriverSql> {
  readonly sql: S;
  readonly options: DriverOptions;
  readonly Query: DriverQueryClass;
}

/**
 * Makes the front. Every physical connection has an instance of its own; the front's parsers and
 * serializers serve them all, because that is where ORMs put theirs.
 *
 * @throws {RekeyError} `UNSUPPORTED_DRIVER` when something that we rely on is not there
 */
export function makeFront<S extends DriverSql>(factory: PostgresFactory<S>): Front<S> {
  const login = loginOf({
    host: "localhost",
    port: 1,
    username: "(no login yet)",
    password: new Secret(""),
  });
  const sql = factory(login);
  if (!isInstance(sql)) {
    throw new RekeyError("INVALID_OPTION", "The factory returned no postgres.js instance.");
  }
  const options = sql.options as DriverOptions;
  assertSpread(options, login);
  const query = sql.unsafe("") as unknown as Partial<DriverQuery>;
  const missing = [
    ["Query.handler", typeof query.handler === "function"],
    ["Query.canceller", typeof query.canceller === "function"],
    ["Query.resolve and reject", typeof query.resolve === "function" && !!query.reject],
    ["Query.state", query.state === null],
    ["Query.handle", typeof (query as { handle?: unknown }).handle === "function"],
    ["options.shared", typeof options.shared?.typeArrayMap === "object"],
    ["options.parsers", typeof options.parsers === "object"],
    ["options.serializers", typeof options.serializers === "object"],
    ["options.fetch_types", typeof options.fetch_types === "boolean"],
    ["options.transform", typeof options.transform === "object"],
    ["options.parameters", typeof options.parameters === "object"],
  ].filter(([, there]) => !there).map(([name]) => name);
  if (missing.length > 0) {
    throw new RekeyError(
      "UNSUPPORTED_DRIVER",
      `This postgres.js lacks ${missing.join(", ")}. Supported: ${supportedVersions}.`,
    );
  }
  return { sql, options, Query: query.constructor as DriverQueryClass };
}

function isInstance(made: DriverSql | undefined): boolean {
  return typeof made === "function" && typeof (made as Partial<DriverSql>).unsafe === "function" &&
    Array.isArray((made as { options?: { host?: unknown } }).options?.host);
}

/** Makes a physical instance use what the front has, also what an ORM puts there later. */
export function shareFront(front: DriverOptions, own: DriverOptions): void {
  inherit(own.parsers, front.parsers);
  inherit(own.serializers, front.serializers);
  own.shared.typeArrayMap = front.shared.typeArrayMap;
  own.parameters = front.parameters;
}

function inherit(own: Record<string, unknown>, shared: Record<string, unknown>): void {
  for (const key of Object.keys(own)) delete own[key];
  Object.setPrototypeOf(own, shared);
}
