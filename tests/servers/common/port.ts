/** Ports for servers that cannot ask the system for one. */

/**
 * A port that is free now. It is not one of those that systems give to outgoing connections (from
 * 32768 on Linux, 49152 on macOS): such a port would be lost between a kill and a restart.
 */
export function freePort(): number {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
