/** The two servers that speak MySQL's protocol, and in what their administration differs. */
import type { DebianPackage } from "../common/debian.ts";

/** Which of the two. */
export type Flavor = "mysql" | "mariadb";

export interface FlavorFacts {
  /** What people call it. */
  readonly name: string;
  /** The server's program, as it is called on PATH and in packages. */
  readonly program: string;
  /** The variable that names an installed program. */
  readonly programVariable: string;
  readonly debian: DebianPackage;
}

export const flavors: Readonly<Record<Flavor, FlavorFacts>> = {
  mysql: {
    name: "MySQL",
    program: "mysqld",
    programVariable: "REKEY_MYSQLD",
    // Only the unstable release has MySQL. Perl is for scripts that nobody calls here.
    debian: { name: "mysql-server-core", suite: "sid", without: ["perl"] },
  },
  mariadb: {
    name: "MariaDB",
    program: "mariadbd",
    programVariable: "REKEY_MARIADBD",
    debian: { name: "mariadb-server-core", suite: "bookworm" },
  },
};
