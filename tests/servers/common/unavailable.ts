/** A server that this machine does not have and cannot get, and what becomes of its tests. */

/** Thrown when there is no way to get a server; it says what was tried and how to get one. */
export class ServerUnavailableError extends Error {
  override readonly name = "ServerUnavailableError";
}

/** Registers a test, as `Deno.test` does. */
export type RegisterTest = (
  name: string,
  test: (context: Deno.TestContext) => Promise<void>,
) => void;

/** What decides about tests that cannot be run. */
export interface TestSurroundings {
  /** Whether every test must be run: `CI` is set. */
  readonly ci: boolean;
  register(definition: Deno.TestDefinition): void;
  warn(text: string): void;
}

const surroundings: TestSurroundings = {
  ci: !["", "0", "false"].includes(Deno.env.get("CI") ?? ""),
  register: Deno.test,
  warn: console.warn,
};

/**
 * The function that registers the tests of a file that need a server; their names begin with the
 * server's. Where there is no such server they are ignored and said to be, and in continuous
 * integration they fail.
 *
 * @param server What people call it.
 * @param find Gets the server's programs, or throws {@linkcode ServerUnavailableError}.
 */
export async function testsOn(
  server: string,
  find: () => Promise<unknown>,
  { ci, register, warn }: TestSurroundings = surroundings,
): Promise<RegisterTest> {
  const missing = await Promise.try(find).then(() => undefined, (error) => {
    if (error instanceof ServerUnavailableError) return error;
    throw error;
  });
  return (name, fn) => {
    const title = `${server}: ${name}`;
    if (missing === undefined) return register({ name: title, fn });
    if (ci) return register({ name: title, fn: () => Promise.reject(missing) });
    warn(`NOT RUN: "${title}". ${missing.message}`);
    register({ name: title, fn, ignore: true });
  };
}
