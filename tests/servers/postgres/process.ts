/** A server's process, which never outlives the process that started it. */
import { join } from "node:path";
import { serverCommandOptions } from "./identity.ts";
import { pollUntil } from "./poll.ts";
import { addedFiles, dataFolder, logFile } from "./run_folder.ts";

/** How long a server may take from its start to accepting connections. */
const READY_WITHIN_MS = 60_000;

/**
 * Leaves a watcher behind, makes the data folder when there is none, and becomes the server. The
 * watcher reads from the pipe that the starting process holds. A line on it says that the server
 * has ended and was seen to; the pipe's end without a line says that the starting process is gone,
 * however it went, so the watcher stops the server and removes its folder. It is started by a
 * subshell, so that it is not a child of the server, and ignores the signals that a terminal sends
 * to all. It removes more than once, because a copy that is under way would add to the folder.
 */
const START = `
folder=$1 data=$2 template=$3 added=$4 log=$5
shift 5
exec 3<&0
(
  trap "" INT HUP TERM
  {
    read -r line <&3 && exit
    kill -QUIT $$
    tries=0
    while [ -e "$folder" ] && [ $tries -lt 100 ]; do
      [ -e "$data/postmaster.pid" ] || rm -rf "$folder"
      sleep 0.1
      tries=$((tries + 1))
    done
    rm -rf "$folder"
  } >/dev/null 2>&1 &
)
exec </dev/null >>"$log" 2>&1 3<&-
[ -e "$data" ] || { cp -R "$template" "$data" && cp -R "$added/." "$data"; } || exit
exec "$@"
`;

/** What a server is started from. */
export interface ServerFiles {
  readonly binaries: string;
  readonly template: string;
  /** The server's own folder, made by `makeRunFolder`. */
  readonly folder: string;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the server has ended, by itself or by {@linkcode ServerProcess.stop}. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Ends the server at once, as a crash would: its next start recovers from the WAL. */
  stop(): Promise<void>;
}

/** Starts a server, and does not wait for anything. */
export function startProcess(files: ServerFiles, port: number): ServerProcess {
  const { folder, template } = files;
  const data = dataFolder(folder);
  const paths = [folder, data, template, addedFiles(folder), logFile(folder)];
  const server = [join(files.binaries, "bin/postgres"), "-D", data, "-p", `${port}`];
  const child = new Deno.Command("sh", {
    ...serverCommandOptions(),
    args: ["-c", START, "sh", ...paths, ...server],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const ended = child.status.then(async (status) => {
    const pipe = child.stdin.getWriter();
    // A watcher that was killed has closed its end.
    await pipe.write(new TextEncoder().encode("ended\n")).catch(() => {});
    await pipe.close().catch(() => {});
    return status;
  });
  return {
    pid: child.pid,
    ended,
    async stop() {
      try {
        child.kill("SIGQUIT");
      } catch {
        // It has ended already.
      }
      await ended;
    },
  };
}

/**
 * Waits until the server accepts connections.
 *
 * @throws {Error} When it ends instead, or takes longer than a minute.
 */
export async function waitUntilReady(process: ServerProcess, folder: string): Promise<void> {
  let status: Deno.CommandStatus | undefined;
  void process.ended.then((ended) => status = ended);
  await pollUntil(READY_WITHIN_MS, async () => {
    if (status !== undefined) throw new Error(`the server ended with code ${status.code}`);
    const lines = await Deno.readTextFile(join(dataFolder(folder), "postmaster.pid")).catch(() =>
      ""
    );
    // Line 1 tells a new server's file from that of one that was killed; line 8 is the state.
    const [pid, , , , , , , state] = lines.split("\n");
    return Number(pid) === process.pid && state?.trim() === "ready";
  }, () => `the server was not ready within ${READY_WITHIN_MS} ms`);
}
