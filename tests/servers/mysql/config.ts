/** The configuration file of a server. */
import { join } from "node:path";
import { writeForServer } from "../common/identity.ts";
import { addedFiles, dataFolder } from "../common/run_folder.ts";
import type { IssuedTls } from "../common/tls.ts";
import type { Binaries } from "./binaries.ts";
import type { Flavor } from "./flavor.ts";

export interface Configuration {
  readonly binaries: Binaries;
  /** Survive a killed server without losing a committed transaction. */
  readonly durable: boolean;
  /** Extra settings, which win over all others. */
  readonly settings: Readonly<Record<string, string>>;
  /** Serve TLS. */
  readonly tls?: IssuedTls | undefined;
  /** A replica must not be written to, and has a number of its own. */
  readonly role: "primary" | "replica";
}

const COMMON = {
  "bind-address": "127.0.0.1",
  // No socket file: its path would have to be short, and a login by it is not by password.
  "socket": "",
  "pid-file": "server.pid",
  "skip-name-resolve": "ON",
  "log-bin": "binlog",
  "binlog-format": "ROW",
  "relay-log": "relay",
  "relay-log-recovery": "ON",
  "general-log": "ON",
  // Run for every ordinary user who is let in: in the general log it tells these from the refused.
  "init-connect": "do 0",
  "performance-schema": "OFF",
  "innodb-buffer-pool-size": "32M",
  "innodb-buffer-pool-dump-at-shutdown": "OFF",
  "innodb-buffer-pool-load-at-startup": "OFF",
};

const FLAVORS: Readonly<Record<Flavor, Readonly<Record<string, string>>>> = {
  mysql: {
    "gtid-mode": "ON",
    "enforce-gtid-consistency": "ON",
    "innodb-redo-log-capacity": "8M",
    "table-open-cache": "200",
    "host-cache-size": "0",
    "secure-file-priv": "NULL",
    mysqlx: "OFF",
    "auto-generate-certs": "OFF",
    // Refused logins are notes.
    "log-error-verbosity": "3",
  },
  mariadb: {
    "innodb-log-file-size": "8M",
    "log-slave-updates": "ON",
    "aria-pagecache-buffer-size": "8M",
    "key-buffer-size": "1M",
  },
};

const FAST = {
  "innodb-flush-log-at-trx-commit": "0",
  "sync-binlog": "0",
  "innodb-flush-method": "nosync",
  "innodb-doublewrite": "OFF",
};
const DURABLE = {
  "innodb-flush-log-at-trx-commit": "1",
  "sync-binlog": "1",
  "innodb-flush-method": "fsync",
  "innodb-doublewrite": "ON",
};

/** Writes what configures the server in `folder`, to be found by its first start. */
export async function configure(folder: string, configuration: Configuration): Promise<void> {
  const { binaries, durable, tls, role } = configuration;
  const added = addedFiles(folder);
  const settings: Record<string, string> = {
    ...binaries.paths,
    datadir: dataFolder(folder),
    // Its own: a server that starts removes every temporary table that it finds there.
    tmpdir: dataFolder(folder),
    "general-log-file": generalLogFile(folder),
    ...COMMON,
    ...FLAVORS[binaries.flavor],
    ...(durable ? DURABLE : FAST),
    "server-id": role === "primary" ? "1" : "2",
  };
  if (role === "replica") {
    settings[binaries.flavor === "mysql" ? "super-read-only" : "read-only"] = "ON";
  }
  if (tls !== undefined) {
    await writeForServer(join(added, "server.crt"), tls.certificate.certificate);
    await writeForServer(join(added, "server.key"), tls.certificate.key);
    Object.assign(settings, { "ssl-cert": "server.crt", "ssl-key": "server.key" });
    if (tls.required) settings["require-secure-transport"] = "ON";
  } else if (binaries.flavor === "mariadb") {
    settings["ssl"] = "OFF";
  }
  const lines = [...Object.entries(settings), ...Object.entries(configuration.settings)]
    .map(([name, value]) => `${name} = ${value}\n`);
  await writeForServer(join(added, CONFIGURATION_FILE), `[mysqld]\n${lines.join("")}`);
}

const CONFIGURATION_FILE = "server.cnf";

/** What {@linkcode configure} wrote, once the server's data has it. */
export function configurationFile(folder: string): string {
  return join(dataFolder(folder), CONFIGURATION_FILE);
}

/** Every statement and login, as the server logs them. */
export function generalLogFile(folder: string): string {
  return join(folder, "general_log");
}
