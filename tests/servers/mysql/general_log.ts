/** What a server's general log says: every login and every statement, in both flavors' formats. */

/** One entry of the log. */
export interface LogEntry {
  /** Which start of the server it is from: connection numbers begin anew at each. */
  readonly run: number;
  /** The number of the connection. */
  readonly id: number;
  /** As it is written: to the microsecond by MySQL, to the second by MariaDB. */
  readonly time: string;
  /** Such as `Connect`, `Query` or `Quit`. */
  readonly command: string;
  /** The statement, or what else belongs to the command; it may have several lines. */
  readonly argument: string;
}

/** MySQL writes the time of each entry, MariaDB only when it is another than before. */
const ENTRY =
  /^(\d{4}-\d\d-\d\dT[\d:.]+Z|\d{6} [ \d]\d:\d\d:\d\d|\t)\t *(\d+) ([A-Z][A-Za-z ]*?)\t(.*)$/;
const HEADER = [/, Version: .* started with:$/, /^Tcp port: /, /^Time\s+Id Command\s+Argument$/];

/** The entries among the lines of a general log, in their order. */
export function entriesIn(lines: readonly string[]): LogEntry[] {
  const entries: LogEntry[] = [];
  let [run, time] = [0, ""];
  for (const line of lines) {
    if (HEADER.some((header) => header.test(line))) {
      if (HEADER[0]!.test(line)) run++;
      continue;
    }
    const match = ENTRY.exec(line);
    if (match !== null) {
      const [, written, id, command, argument] = match as unknown as string[];
      if (written !== "\t") time = written!;
      entries.push({ run, id: Number(id), time, command: command!, argument: argument! });
    } else if (entries.length > 0) {
      const last = entries.pop()!;
      entries.push({ ...last, argument: `${last.argument}\n${line}` });
    }
  }
  return entries;
}

/** The time of an entry; servers are started with UTC as their time zone. */
export function dateOf({ time }: { readonly time: string }): Date {
  const short = /^(\d\d)(\d\d)(\d\d) +(\d+):(\d\d:\d\d)$/.exec(time);
  if (short === null) return new Date(time);
  const [, year, month, day, hour, rest] = short as unknown as string[];
  return new Date(`20${year}-${month}-${day}T${hour!.padStart(2, "0")}:${rest}Z`);
}
