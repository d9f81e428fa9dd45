/**
 * Imports a module in a fresh process, of Node or Deno, and prints what that took. A second one, if
 * it is named, was imported before.
 */

import process from "node:process";

if (process.argv[3]) await import(process.argv[3]);
const before = process.memoryUsage();
const startedMs = performance.now();
await import(process.argv[2]);
const ms = performance.now() - startedMs;
const after = process.memoryUsage();
console.log(JSON.stringify({
  ms,
  rss: after.rss - before.rss,
  heap: after.heapUsed - before.heapUsed,
}));
