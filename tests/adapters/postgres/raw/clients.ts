/** Clients of the bare driver, for programs that may crash: told by environment variables. */

import postgres from "postgres";

const { PORT, ADMIN_PORT, PASSWORD, ADMIN_PASSWORD } = Deno.env.toObject();
const quiet = { host: "127.0.0.1", database: "postgres", onnotice: () => {}, fetch_types: false };

/** The app's client. */
export function app(options: postgres.Options<Record<never, never>> = {}): postgres.Sql {
  return postgres({
    ...quiet,
    port: Number(PORT),
    user: "app",
    password: PASSWORD!,
    max: 1,
    ...options,
  });
}

/** An administrator's client. */
export const admin: postgres.Sql = postgres({
  ...quiet,
  port: Number(ADMIN_PORT),
  user: "postgres",
  password: ADMIN_PASSWORD!,
  max: 1,
});

/** Ends the app's sessions and waits until they are gone. */
export async function killApp(): Promise<void> {
  await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'app'`;
}

/** Waits until the server has a session of the app in this state. */
export async function appIs(state: string): Promise<void> {
  while (
    (await admin`select from pg_stat_activity where usename = 'app' and state = ${state}`)
      .length === 0
  );
}

/** Waits. The bare driver tells nothing that could be waited for. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Tells the test something. */
export function tell(word: string): void {
  console.log(word);
}
