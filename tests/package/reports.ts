/** What a test runner reported, in the format of JUnit. */

/** The names of the tests that passed and of those that did not, in their order. */
export interface Report {
  readonly passed: readonly string[];
  /** Failed or skipped. */
  readonly others: readonly string[];
}

/** Reads a report. A runner that died has written none, or an empty one. */
export function readReport(xml: string): Report {
  const cases = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*?(\/>|>(.*?)<\/testcase>)/gs)];
  const didPass = ([, , , body = ""]: RegExpMatchArray) => body.trim() === "";
  const name = ([, text]: RegExpMatchArray) => unescaped(text!);
  return {
    passed: cases.filter(didPass).map(name),
    others: cases.filter((one) => !didPass(one)).map(name),
  };
}

function unescaped(text: string): string {
  const characters: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, code, name) => {
    return code !== undefined ? String.fromCodePoint(Number(code)) : characters[name] ?? whole;
  });
}
