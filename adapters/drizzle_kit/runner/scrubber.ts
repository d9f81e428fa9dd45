/** Takes secrets out of text that comes in pieces. */

const replacement = "[secret]";

/** The ways in which a program may print a value. */
export function printedForms(secret: string): string[] {
  const encoded = encode(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ...new Set([
      secret,
      ...encoded,
      json,
      // Within backticks, which inspect takes when both other quotes are in the value.
      json.replaceAll('\\"', '"'),
      // Within single quotes: inspect's, and SQL's two ways.
      json.replaceAll("'", "\\'").replaceAll('\\"', '"'),
      json.replaceAll("'", "\\'"),
      secret.replaceAll("'", "''"),
      secret.replaceAll("\\", "\\\\").replaceAll("'", "\\'"),
      JSON.stringify(json).slice(1, -1),
    ]),
  ].sort((a, b) => b.length - a.length);
}

function encode(secret: string): string[] {
  if (!secret.isWellFormed()) return [];
  const component = encodeURIComponent(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  // What RFC 3986 reserves and JavaScript's function leaves alone.
  const strict = component.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const upper = (text: string) => text.replace(/%[\da-f]{2}/gi, (code) => code.toUpperCase());
  const lower = (text: string) => text.replace(/%[\da-f]{2}/gi, (code) => code.toLowerCase());
  return [component, form, strict, encodeURI(secret)].flatMap((text) => [upper(text), lower(text)]);
}

/**
 * Replaces every secret by `[secret]`, also one that is cut by the border of two pieces: the end of a
 * piece is held back for as long as it may be the beginning of one.
 */
export class Scrubber {
  /** Longest first: one that another begins with must not hide the rest of it. */
  #needles: string[] = [];
  #held = "";

  /** From now on this value is replaced, however it is written. */
  add(secret: string): void {
    if (secret === "") return;
    this.#needles = [...new Set([...this.#needles, ...printedForms(secret)])]
      .sort((a, b) => b.length - a.length);
  }

  /** What of the text so far can be shown. */
  write(piece: string): string {
    return this.#scrub(this.#held + piece, false);
  }

  /** The rest, when nothing follows. */
  end(): string {
    return this.#scrub(this.#held, true);
  }

  #scrub(text: string, isAll: boolean): string {
    let shown = "", from = 0, at = 0;
    this.#held = "";
    while (at < text.length) {
      const found = this.#needles.find((needle) =>
        text.startsWith(needle, at) ||
        (!isAll && needle.length > text.length - at && needle.startsWith(text.slice(at)))
      );
      if (found === undefined) {
        at++;
        continue;
      }
      shown += text.slice(from, at);
      if (!text.startsWith(found, at)) {
        this.#held = text.slice(at);
        return shown;
      }
      shown += replacement;
      from = at += found.length;
    }
    return shown + text.slice(from);
  }
}
