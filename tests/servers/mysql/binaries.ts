/** A server's programs: those of this machine, or else Debian's in a cache folder. */
import { basename, dirname, join } from "node:path";
import { cached } from "../common/cache.ts";
import { unpackDebianPackage } from "../common/debian.ts";
import { runAsServer } from "../common/identity.ts";
import { ServerUnavailableError } from "../common/unavailable.ts";
import { type Flavor, flavors } from "./flavor.ts";

/** Raise when packages are unpacked in another way, so that older folders are no longer used. */
const UNPACKED_REVISION = 1;

/** Programs that run on this machine. */
export interface Binaries {
  readonly flavor: Flavor;
  /** Where they come from, for messages. */
  readonly origin: string;
  /** Such as `9.7.4` or `10.11.18-MariaDB`. */
  readonly version: string;
  /** The beginning of the server's command line. */
  readonly command: readonly string[];
  /** Where the server's own messages, character sets and SQL are. */
  readonly share: string;
  /** Settings with which the server finds what came with it. */
  readonly paths: Readonly<Record<string, string>>;
}

/** A way to get a server's programs: undefined when there are none in this place. */
export type BinariesSource = (flavor: Flavor) => Promise<Binaries | undefined>;

/** In this order: what a variable names, what is on PATH, what was fetched before or is now. */
export const sources: readonly BinariesSource[] = [
  namedBinaries,
  installedBinaries,
  debianBinaries,
];

const found = new Map<Flavor, Promise<Binaries>>();

/**
 * The programs of a server; fetched from Debian at the first call on a machine that has none.
 *
 * @throws {ServerUnavailableError} Saying how to get them.
 */
export function mysqlBinaries(flavor: Flavor): Promise<Binaries> {
  const known = found.get(flavor) ?? findBinaries(flavor, sources);
  found.set(flavor, known);
  return known;
}

/** {@linkcode mysqlBinaries} from these sources. */
export async function findBinaries(
  flavor: Flavor,
  sources: readonly BinariesSource[],
): Promise<Binaries> {
  const { name, program, programVariable, debian } = flavors[flavor];
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      const binaries = await source(flavor);
      if (binaries !== undefined) return binaries;
    } catch (error) {
      if (!(error instanceof ServerUnavailableError)) throw error;
      reasons.push(error.message);
    }
  }
  const why = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  throw new ServerUnavailableError(
    `There is no ${name} on this machine, and none can be fetched${why}. Install ${program}, so ` +
      `that it is on PATH, or name it in ${programVariable}; or run on a machine whose apt has a ` +
      `Debian mirror, from which ${debian.name} is fetched.`,
  );
}

/** What the flavor's variable names. That it does not run is an error: somebody meant it. */
export async function namedBinaries(flavor: Flavor): Promise<Binaries | undefined> {
  const program = Deno.env.get(flavors[flavor].programVariable);
  if (!program) return undefined;
  return await binariesAt(flavor, await Deno.realPath(program));
}

/** The flavor's program on PATH, or where distributions put it. */
export async function installedBinaries(flavor: Flavor): Promise<Binaries | undefined> {
  const path = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const folder of [...path, "/usr/sbin", "/usr/local/sbin"]) {
    const program = join(folder, flavors[flavor].program);
    const real = await Deno.realPath(program).catch(() => undefined);
    // MariaDB may call itself mysqld as well.
    if (real === undefined || basename(real) !== flavors[flavor].program) continue;
    return await binariesAt(flavor, real);
  }
  return undefined;
}

async function binariesAt(flavor: Flavor, program: string): Promise<Binaries> {
  const version = await versionOf(flavor, [program]);
  const base = dirname(dirname(program));
  const shares = ["share/mysql", "share/mariadb", "share"].map((name) => join(base, name));
  const share = dirname(await firstExisting(shares.map((share) => join(share, "charsets"))));
  return {
    flavor,
    origin: program,
    version,
    command: [program],
    share,
    paths: pathsIn(base, share),
  };
}

function pathsIn(base: string, share: string): Record<string, string> {
  return {
    basedir: base,
    "lc-messages-dir": share,
    "character-sets-dir": join(share, "charsets"),
  };
}

/** Debian's programs, run with Debian's libraries through Debian's loader. */
export async function debianBinaries(flavor: Flavor): Promise<Binaries> {
  const { debian, program } = flavors[flavor];
  const name = `${flavor}-debian-${debian.suite}-${Deno.build.arch}-${UNPACKED_REVISION}`;
  const folder = await cached(name, async (folder) => {
    await unpackDebianPackage(debian, folder);
    for (const unused of ["usr/share/doc", "usr/share/man", "usr/share/locale"]) {
      await Deno.remove(join(folder, unused), { recursive: true }).catch(() => {});
    }
    const command = await unpackedCommand(folder, program);
    await Deno.writeTextFile(join(folder, "version"), await versionOf(flavor, command));
  });
  const share = join(folder, "usr/share/mysql");
  return {
    flavor,
    origin: folder,
    version: await Deno.readTextFile(join(folder, "version")),
    command: await unpackedCommand(folder, program),
    share,
    paths: {
      ...pathsIn(join(folder, "usr"), share),
      "plugin-dir": join(folder, "usr/lib/mysql/plugin"),
    },
  };
}

async function unpackedCommand(folder: string, program: string): Promise<string[]> {
  const triplet = `${Deno.build.arch}-linux-gnu`;
  const libraries = [join(folder, "lib", triplet), join(folder, "usr/lib", triplet)];
  const loader = Deno.build.arch === "aarch64" ? "ld-linux-aarch64.so.1" : "ld-linux-x86-64.so.2";
  return [
    await firstExisting(libraries.map((library) => join(library, loader))),
    "--library-path",
    libraries.join(":"),
    join(folder, "usr/sbin", program),
  ];
}

async function versionOf(flavor: Flavor, command: readonly string[]): Promise<string> {
  const [first, ...rest] = command;
  const printed = await runAsServer(first!, [...rest, "--no-defaults", "--version"]);
  const version = /\bVer ([\w.]+(?:-MariaDB)?)/.exec(printed)?.[1];
  if (version !== undefined && version.endsWith("-MariaDB") === (flavor === "mariadb")) {
    return version;
  }
  throw new Error(`"${command.join(" ")}" is not ${flavors[flavor].name}: it says "${printed}".`);
}

async function firstExisting(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`None of ${paths.join(", ")} exists.`);
}
