/** mysql2 on MySQL, through the package. */

import mysql from "mysql2/promise";
import type { ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { mysqlTarget, rotatingMysql } from "@rekey/orm/mysql2";
import type { Client, Database } from "./database.ts";
import { rotatingClientTests } from "./rotating_client.ts";
import { rotatorTests } from "./rotator.ts";
import { type Login, surroundings } from "./surroundings.ts";

const options = { database: "behaviour" };

function openMysql(): Database {
  const server = surroundings().mysql!;
  const { host, port, user, password } = server;
  const admin = mysql.createPool({ ...options, host, port, user, password, connectionLimit: 1 });
  const sessionsOf = async (username: string) => {
    const [rows] = await admin.query<RowDataPacket[]>(
      "select id as id from information_schema.processlist where user = ?",
      [username],
    );
    return rows.map((row) => Number(row["id"]));
  };
  return {
    engine: "mysql",
    server,
    target: mysqlTarget((login) => mysql.createPool({ ...options, ...login })),
    async createUser({ username, password }: Login) {
      await admin.query("create user ? identified by ?", [username, password]);
      await admin.query("grant all on behaviour.* to ?", [username]);
    },
    async setPassword({ username, password }) {
      await admin.query("alter user ? identified by ?", [username, password]);
    },
    async createTable(name) {
      await admin.query("create table ?? (id int)", [name]);
    },
    async ids(table) {
      const [rows] = await admin.query<RowDataPacket[]>("select id from ?? order by id", [table]);
      return rows.map(({ id }) => id);
    },
    sessions: async (username) => (await sessionsOf(username)).length,
    async kill(username) {
      const ids = await sessionsOf(username);
      // One that has gone by itself meanwhile cannot be killed.
      for (const id of ids) await admin.query("kill ?", [id]).catch(ignoreGone);
      while ((await sessionsOf(username)).some((id) => ids.includes(id)));
      return ids.length;
    },
    client(rotating, ca) {
      const tls = ca === undefined ? {} : { ssl: { ca } };
      return clientOf(
        rotatingMysql((login) => mysql.createPool({ ...options, ...tls, ...login }), rotating),
      );
    },
    end: () => admin.end(),
  };
}

function ignoreGone(error: { code?: string }): void {
  if (error.code !== "ER_NO_SUCH_THREAD") throw error;
}

function clientOf(pool: ReturnType<typeof rotatingMysql<mysql.Pool>>): Client {
  return {
    value: pool,
    rotation: pool.rotation,
    async echo(n) {
      const [rows] = await pool.execute<RowDataPacket[]>("select ? as x", [n]);
      return Number(rows[0]!["x"]);
    },
    async user() {
      const [rows] = await pool.query<RowDataPacket[]>(
        "select substring_index(current_user(), '@', 1) as x",
      );
      return rows[0]!["x"];
    },
    async encrypted() {
      const [rows] = await pool.query<RowDataPacket[]>("show status like 'Ssl_cipher'");
      return rows[0]!["Value"] !== "";
    },
    async insertBoth(table, ids, fail) {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        for (const id of ids) {
          await connection.query<ResultSetHeader>("insert into ?? values (?)", [table, id]);
        }
        if (fail) throw new Error("the app changed its mind");
        await connection.commit();
      } catch (error) {
        await connection.rollback();
        throw error;
      } finally {
        connection.release();
      }
    },
    end: () => pool.end(),
  };
}

rotatingClientTests("mysql2", openMysql);
rotatorTests("MySQL", openMysql);
