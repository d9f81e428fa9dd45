/** The words of a line of SHOW GRANTS. */

/** A word, a sign or a quoted name. */
export interface Token {
  /** The word in capitals, the sign, or the name without its quotes. */
  readonly text: string;
  /** Whether it was quoted: a name, whatever it looks like. */
  readonly quoted: boolean;
}

const pattern = /`((?:[^`]|``)*)`|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|[\w$]+|\S/g;

/** Splits `line`. */
export function tokensOf(line: string): Token[] {
  return [...line.matchAll(pattern)].map(([bare, backticks, double, single]) => {
    const quote = backticks !== undefined ? "`" : double !== undefined ? '"' : "'";
    const name = backticks ?? double ?? single;
    return name === undefined
      ? { text: bare.toUpperCase(), quoted: false }
      : { text: name.replaceAll(quote + quote, quote), quoted: true };
  });
}

/** Reads tokens one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  /** Begins with the first. */
  constructor(line: string) {
    this.#tokens = tokensOf(line);
  }

  /** The next one, which stays. */
  get next(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** Takes the next one. */
  take(): Token {
    const token = this.next;
    if (token === undefined) throw new NotUnderstood();
    this.#next++;
    return token;
  }

  /** Whether the next one is this word or sign. */
  sees(word: string): boolean {
    return this.next?.quoted === false && this.next.text === word;
  }

  /** Takes the next one if it is this word or sign. */
  takes(word: string): boolean {
    const seen = this.sees(word);
    if (seen) this.#next++;
    return seen;
  }

  /** Takes this word or sign, which must be there. */
  expect(word: string): void {
    if (!this.takes(word)) throw new NotUnderstood();
  }

  /** Takes a name, quoted or not. */
  name(): string {
    return this.take().text;
  }

  /** Whether these words, unquoted, are still to come. */
  ahead(...words: readonly string[]): boolean {
    const rest = this.#tokens.slice(this.#next);
    return rest.some((_, start) =>
      words.every((word, index) => {
        const token = rest[start + index];
        return token?.quoted === false && token.text === word;
      })
    );
  }
}

/** A line that is written otherwise than expected. Holds no text: MariaDB's lines hold hashes. */
export class NotUnderstood extends Error {}
