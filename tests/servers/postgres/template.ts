/** The data folder that every server starts from, made once per version. */
import { join } from "node:path";
import { cached } from "../common/cache.ts";
import { giveToServer, runAsServer, writeForServer } from "../common/identity.ts";
import { BINARIES_VERSION, platform, postgresBinaries } from "./binaries.ts";

/** The superuser of every test server. The servers are reachable from this machine only. */
export const superuser: { readonly user: string; readonly password: string } = {
  user: "postgres",
  password: "test-superuser-password",
};

/** Raise when the template is made in another way, so that older ones are no longer used. */
const TEMPLATE_REVISION = 1;

/**
 * The path of a data folder that no server has ever run on. All copies of it are of one database
 * system, so one can follow another as its replica as long as neither has run.
 */
export async function dataTemplate(): Promise<string> {
  const binaries = await postgresBinaries();
  const name = `postgres-data-${platform()}-${BINARIES_VERSION}-${TEMPLATE_REVISION}`;
  const folder = await cached(name, async (folder) => {
    await giveToServer(folder);
    const passwordFile = join(folder, "password");
    await writeForServer(passwordFile, superuser.password);
    await runAsServer(join(binaries, "bin/initdb"), [
      `--pgdata=${join(folder, "data")}`,
      `--username=${superuser.user}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      // Every start copies the folder: small WAL segments leave less to copy.
      "--wal-segsize=4",
      "--set=dynamic_shared_memory_type=mmap",
      "--no-sync",
      "--no-instructions",
    ]);
    await Deno.remove(passwordFile);
  });
  return join(folder, "data");
}
