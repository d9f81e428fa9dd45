/**
 * Programs from Debian packages, unpacked into a folder of their own: nothing is installed, no root
 * is needed, and the machine's own packages and apt configuration stay as they are.
 */
import { join } from "node:path";
import { run } from "./identity.ts";
import { ServerUnavailableError } from "./unavailable.ts";

/** What vouches for the packages: a release that is not signed by one of these keys is refused. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** A package to have, with what it depends on. */
export interface DebianPackage {
  readonly name: string;
  /** The release that has it, such as `bookworm` or `sid`. */
  readonly suite: string;
  /** Dependencies that a server does without, and theirs. */
  readonly without?: readonly string[];
}

/**
 * Downloads a package and its dependencies from the mirror that this machine's apt uses, and
 * unpacks them all into `folder`.
 *
 * @throws {ServerUnavailableError} When the machine has no apt, no Debian mirror, or no network.
 */
export async function unpackDebianPackage(wanted: DebianPackage, folder: string): Promise<void> {
  const mirror = await debianMirror();
  const apt = join(folder, ".apt");
  const options = await privateApt(apt, wanted, mirror);
  await tryRun("apt-get", [...options, "update"]);
  await tryRun("apt-get", [...options, "install", "--download-only", "--yes", wanted.name]);
  const archives = join(apt, "cache/archives");
  for await (const { name } of Deno.readDir(archives)) {
    if (name.endsWith(".deb")) await run("dpkg-deb", ["--extract", join(archives, name), folder]);
  }
  await Deno.remove(apt, { recursive: true });
}

/** The mirror in the machine's apt configuration. */
async function debianMirror(): Promise<string> {
  const printed = await tryRun("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI)",
    "Created-By: Packages",
  ]);
  const mirror = printed.split("\n").find((uri) => /\/debian\/*$/.test(uri.trim()))?.trim();
  if (mirror !== undefined) return mirror;
  throw new ServerUnavailableError("this machine's apt has no Debian mirror");
}

/** An apt that knows one release, keeps everything in `folder` and believes nothing installed. */
async function privateApt(
  folder: string,
  { suite, without = [] }: DebianPackage,
  mirror: string,
): Promise<string[]> {
  for (const name of ["lists/partial", "cache/archives/partial", "empty"]) {
    await Deno.mkdir(join(folder, name), { recursive: true });
  }
  await Deno.writeTextFile(
    join(folder, "sources.list"),
    `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`,
  );
  // Said to be installed, so that apt leaves it out.
  const installed = without.map((name) =>
    `Package: ${name}\nStatus: install ok installed\nVersion: 9999\nArchitecture: all\n` +
    `Multi-Arch: allowed\nMaintainer: none\nDescription: left out\n\n`
  );
  await Deno.writeTextFile(join(folder, "status"), installed.join(""));
  const settings = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::Etc::preferences": "-",
    "Dir::Etc::preferencesparts": join(folder, "empty"),
    "Dir::State": folder,
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Log": "/dev/null",
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "",
    "APT::Install-Recommends": "false",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::Retries": "2",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
    // Otherwise a release that cannot be fetched is a warning.
    "APT::Update::Error-Mode": "any",
  };
  return [
    "-qq",
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
}

async function tryRun(program: string, args: string[]): Promise<string> {
  return await run(program, args).catch((error: Error) => {
    throw new ServerUnavailableError(error.message, { cause: error });
  });
}
