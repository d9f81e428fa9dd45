/**
 * PostgreSQL's text form of arrays, exactly as postgres.js 3.4 reads and writes it (src/types.js), its
 * peculiarities included: the driver does not hand out these functions.
 */

type Parser = ((text: string) => unknown) | undefined;
type Serializer = ((value: unknown) => unknown) | undefined;

/** Only arrays of boxes (1020) are not separated by commas. */
function delimiterOf(arrayType: number): string {
  return arrayType === 1020 ? ";" : ",";
}

/** Parses an array without its first brace: that is how the driver hands it over. */
export function parseArray(text: string, parser: Parser, arrayType: number): unknown[] {
  const delimiter = delimiterOf(arrayType);
  const element = (raw: string) => parser ? parser(raw) : raw;
  let at = 0;
  let last = 0;
  let char = "";
  let previous = "";
  let quoted = false;
  let value = "";

  const list = (): unknown[] => {
    const values: unknown[] = [];
    for (; at < text.length; at++) {
      char = text[at]!;
      if (quoted) {
        if (char === "\\") value += text[++at];
        else if (char === '"') {
          values.push(element(value));
          value = "";
          quoted = text[at + 1] === '"';
          last = at + 2;
        } else value += char;
      } else if (char === '"') quoted = true;
      else if (char === "{") {
        last = ++at;
        values.push(list());
      } else if (char === "}") {
        quoted = false;
        if (last < at) values.push(element(text.slice(last, at)));
        last = at + 1;
        break;
      } else if (char === delimiter && previous !== "}" && previous !== '"') {
        values.push(element(text.slice(last, at)));
        last = at + 1;
      }
      previous = char;
    }
    if (last < at) values.push(element(text.slice(last, at + 1)));
    return values;
  };
  return list();
}

/** Writes an array; `undefinedAs` is what the user's transform makes of undefined. */
export function writeArray(
  values: unknown,
  serializer: Serializer,
  undefinedAs: unknown,
  arrayType: number,
): unknown {
  if (!Array.isArray(values)) return values;
  if (values.length === 0) return "{}";
  const delimiter = delimiterOf(arrayType);
  if (Array.isArray(values[0])) {
    const inner = values.map((value) => writeArray(value, serializer, undefinedAs, arrayType));
    return `{${inner.join(delimiter)}}`;
  }
  const written = values.map((given) => {
    const value = given === undefined ? undefinedAs : given;
    if (value === undefined) {
      const code = "UNDEFINED_VALUE";
      throw Object.assign(new Error(`${code}: Undefined values are not allowed`), { code });
    }
    if (value === null) return "null";
    const { type, value: inner } = value as { type?: unknown; value?: unknown };
    const text = serializer ? serializer(type ? inner : value) : value;
    return `"${String(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  });
  return `{${written.join(delimiter)}}`;
}
