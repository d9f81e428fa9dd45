/** Quoting of strings, for statements that take no parameters. */

/** `text` as a string constant; E'' so that standard_conforming_strings does not matter. */
export function literal(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
