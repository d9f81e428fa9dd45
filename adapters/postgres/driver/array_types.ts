/** The array types of a server, asked for at login. */

import { parseArray, writeArray } from "./array_literal.ts";
import type { DriverOptions } from "./port.ts";

/**
 * The driver's own question. It asks it in a promise that nobody holds: when the connection is lost
 * meanwhile, the process ends. So it is switched off, and asked as the statement of the login.
 */
export const arrayTypesQuery = `
  select b.oid, b.typarray
  from pg_catalog.pg_type a
  left join pg_catalog.pg_type b on b.oid = a.typelem
  where a.typcategory = 'A'
  group by b.oid, b.typarray
  order by b.oid`;

/** Adds what the driver would. `rows` are raw, so that no transform of the user's changes them. */
export function addArrayTypes(options: DriverOptions, rows: readonly unknown[]): void {
  const { parsers, serializers, shared, transform } = options;
  for (const row of rows) {
    const [element, array] = Array.from(row as ArrayLike<unknown>, Number);
    if (!element || !array || parsers[array] && serializers[array]) continue;
    const parser = parsers[element] as ((text: string) => unknown) | undefined;
    shared.typeArrayMap[element] = array;
    parsers[array] = Object.assign((text: string) => parseArray(text, parser, array), {
      array: true,
    });
    serializers[array] = (values: unknown) => {
      // As it is now: an ORM may have put its own there.
      const serializer = serializers[element] as ((value: unknown) => unknown) | undefined;
      return writeArray(values, serializer, transform.undefined, array);
    };
  }
}
