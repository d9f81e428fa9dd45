/** The configuration files of a server. */
import { join } from "node:path";
import { writeForServer } from "../common/identity.ts";
import { addedFiles } from "../common/run_folder.ts";
import type { IssuedTls } from "../common/tls.ts";
import { superuser } from "./template.ts";

export interface Configuration {
  /** Survive a killed server without losing a committed transaction. */
  readonly durable: boolean;
  /** Extra settings, which win over all others. */
  readonly settings: Readonly<Record<string, string>>;
  /** Serve TLS. */
  readonly tls?: IssuedTls | undefined;
  /** Follow the primary on this port, applying its commits this late. */
  readonly primary?: { readonly port: number; readonly lagMs: number } | undefined;
}

/** Shared by a primary and its replica: a replica must not allow less than its primary. */
const COMMON = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  max_wal_senders: "10",
  shared_buffers: "32MB",
  // Shared memory as files of the data folder: what a killed server leaves goes with the folder.
  dynamic_shared_memory_type: "mmap",
  wal_keep_size: "256MB",
  wal_retrieve_retry_interval: "100ms",
  // Worker processes for reads would only make a small server slower to start.
  io_method: "sync",
  logging_collector: "off",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] %q%u@%d %e ",
  log_connections: "on",
  log_disconnections: "on",
};

const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
const DURABLE = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" };

/** Writes what configures the server in `folder`, to be found by its first start. */
export async function configure(folder: string, configuration: Configuration): Promise<void> {
  const added = addedFiles(folder);
  const { tls, primary } = configuration;
  const settings: Record<string, string> = {
    ...COMMON,
    ...(configuration.durable ? DURABLE : FAST),
  };
  if (tls !== undefined) {
    await writeForServer(join(added, "server.crt"), tls.certificate.certificate);
    await writeForServer(join(added, "server.key"), tls.certificate.key);
    Object.assign(settings, {
      ssl: "on",
      ssl_cert_file: "server.crt",
      ssl_key_file: "server.key",
    });
  }
  if (primary !== undefined) {
    await writeForServer(join(added, "standby.signal"), "");
    const { user, password } = superuser;
    settings["primary_conninfo"] = `host=127.0.0.1 port=${primary.port} user=${user} ` +
      `password=${password} application_name=replica`;
    settings["recovery_min_apply_delay"] = `${primary.lagMs}ms`;
  }
  Object.assign(settings, configuration.settings);
  await writeForServer(join(added, "postgresql.conf"), settingLines(settings));
  await writeForServer(join(added, "pg_hba.conf"), accessRules(tls?.required ?? false));
}

function settingLines(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`).join("");
}

/** Passwords for everybody: a server that trusts some connections would hide rotation faults. */
function accessRules(tlsRequired: boolean): string {
  const type = tlsRequired ? "hostssl" : "host";
  return ["all", "replication"]
    .map((database) => `${type} ${database} all 127.0.0.1/32 scram-sha-256\n`).join("");
}
