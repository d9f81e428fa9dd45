/** Just enough of DER (ITU-T X.690) to write a certificate. */

export type Der = Uint8Array<ArrayBuffer>;

/** One value: its tag, the length of its parts, its parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Der {
  const content = concatenate(parts);
  return concatenate([Uint8Array.of(tag, ...lengthBytes(content.length)), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Der {
  return der(0x30, ...parts);
}

/** A value tagged `[number]` around its parts, as in `[0] EXPLICIT`. */
export function explicit(number: number, ...parts: readonly Uint8Array[]): Der {
  return der(0xa0 | number, ...parts);
}

/** A positive integer given by its bytes, most significant first. */
export function integer(...bytes: readonly number[]): Der {
  const negative = (bytes[0] ?? 0) >= 0x80;
  return der(0x02, Uint8Array.from(negative ? [0, ...bytes] : bytes));
}

export function boolean(value: boolean): Der {
  return der(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** A bit string; the last `unusedBits` of the last byte do not count. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Der {
  return der(0x03, Uint8Array.of(unusedBits), bytes);
}

export function octetString(bytes: Uint8Array): Der {
  return der(0x04, bytes);
}

/** An object identifier in its dotted form, such as `2.5.4.3`. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function utf8String(text: string): Der {
  return der(0x0c, new TextEncoder().encode(text));
}

/** A time to the second; the two digits of its year reach to 2049. */
export function utcTime(time: Date): Der {
  const digits = time.toISOString().replaceAll(/[-:T]|\..*/g, "").slice(2);
  return der(0x17, new TextEncoder().encode(`${digits}Z`));
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return [0x80 | bytes.length, ...bytes];
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Der {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
