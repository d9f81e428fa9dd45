/** A server's process, which never outlives the process that started it. */
import { serverCommandOptions } from "./identity.ts";
import { addedFiles, dataFolder, logFile } from "./run_folder.ts";

/**
 * Leaves a watcher behind, makes the data folder when there is none, and becomes the server. The
 * watcher reads from the pipe that the starting process holds. A line on it says that the server
 * has ended and was seen to; the pipe's end without a line says that the starting process is gone,
 * however it went, so the watcher stops the server and removes its folder. It is started by a
 * subshell, so that it is not a child of the server, and ignores the signals that a terminal sends
 * to all. It removes more than once, because a copy that is under way would add to the folder.
 */
const START = `
folder=$1 data=$2 template=$3 added=$4 log=$5 signal=$6 running=$7
shift 7
exec 3<&0
(
  trap "" INT HUP TERM
  {
    read -r line <&3 && exit
    kill -"$signal" $$
    tries=0
    while [ -e "$folder" ] && [ $tries -lt 100 ]; do
      [ -n "$running" ] && [ -e "$data/$running" ] || rm -rf "$folder"
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

/** A kind of server with all that one run of it is started from. */
export interface ServerProgram {
  /** What people call it. */
  readonly name: string;
  /** Where its programs come from, for messages. */
  readonly origin: string;
  /** The data folder that is copied at the first start. */
  readonly template: string;
  /** The server's own folder, made by `makeRunFolder`. */
  readonly folder: string;
  /** The signal that ends it at once and leaves its data as a crash would. */
  readonly crashSignal: "SIGQUIT" | "SIGKILL";
  /** A file of the data that is there as long as any process of the server is, if it has one. */
  readonly runningFile?: string;
  /** What its log says when another process has the port. */
  readonly portTaken: string;
  /** Lines of its log that never explain why it did not start, when there are many. */
  readonly chatter?: RegExp;
  /** The program and its arguments. */
  command(port: number): readonly string[];
  /** Whether the process accepts connections; `log` has the lines since it was started. */
  isReady(started: { readonly pid: number; readonly log: readonly string[] }): Promise<boolean>;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the server has ended, by itself or by {@linkcode ServerProcess.stop}. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Ends the server at once, as a crash would: its next start recovers from its own log. */
  stop(): Promise<void>;
}

/** Starts a server, and does not wait for anything. */
export function startProcess(program: ServerProgram, port: number): ServerProcess {
  const { folder, template, crashSignal, runningFile = "" } = program;
  const paths = [folder, dataFolder(folder), template, addedFiles(folder), logFile(folder)];
  const ending = [crashSignal.replace("SIG", ""), runningFile];
  const child = new Deno.Command("sh", {
    ...serverCommandOptions(),
    args: ["-c", START, "sh", ...paths, ...ending, ...program.command(port)],
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
        child.kill(crashSignal);
      } catch {
        // It has ended already.
      }
      await ended;
    },
  };
}
