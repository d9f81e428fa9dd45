import assert from "node:assert/strict";
import type { Credential } from "../../core/credential.ts";
import { type Deferred, deferred } from "../../core/deferred.ts";
import type { Login, ProbeFailure } from "../../core/endpoint/endpoint.ts";
import { Probe } from "../../core/pool/probe.ts";
import { newSlot, type Slot } from "../../core/pool/slot.ts";

/** A probe driven by hand: `logins` are those under way, in order. */
class Bench {
  readonly log: string[] = [];
  readonly logins: Deferred<Login<number> | ProbeFailure>[] = [];
  readonly idle: Slot<number>[] = [];
  readonly pool = {
    hasConnections: true,
    hasRoomForProbe: true,
    ending: false,
    openProbe: () => void this.log.push("open"),
    probeFailed: () => void this.log.push("failed"),
    evictIdle: () => this.idle.shift(),
  };
  readonly endpoint = {
    name: "db:5432",
    target: credential("v2") as Credential | undefined,
    preferred: credential("v1"),
  };
  readonly probe = new Probe<number>({
    endpoint: this.endpoint,
    pool: this.pool,
    onEvent: (event) => this.log.push(event.type),
    login: () => {
      const login = deferred<Login<number> | ProbeFailure>();
      this.logins.push(login);
      return login.promise;
    },
    opened: (connection, { versionId }) => this.log.push(`opened ${connection} ${versionId}`),
  });

  /** An idle connection; `state` is what it will be in when it was told to close. */
  addIdle(state: "closing" | "gone"): Slot<number> {
    const slot = { ...newSlot(this.idle.length, "v1"), state };
    this.idle.push(slot);
    return slot;
  }

  /** The login under way ends. */
  async end(outcome: ProbeFailure | "accepted"): Promise<void> {
    const login = this.logins.shift()!;
    login.resolve(
      outcome === "accepted" ? { connection: 7, credential: this.endpoint.target! } : outcome,
    );
    await login.promise;
    await Promise.resolve();
  }
}

const busy: ProbeFailure = { code: "53300", kind: "busy" };
const rejected: ProbeFailure = { code: "28P01", kind: "auth" };

function credential(versionId: string): Credential {
  return { versionId } as Credential;
}

Deno.test("one probe is under way at a time, and what is wanted meanwhile comes after it", async () => {
  const bench = new Bench();
  assert.equal(bench.probe.want(), true);
  assert.equal(bench.probe.want(), false, "not now");
  assert.equal(bench.logins.length, 1);
  await bench.end("accepted");
  assert.equal(bench.logins.length, 1);
  assert.deepEqual(bench.log, ["open", "swap-started", "opened 7 v2", "open", "swap-started"]);
});

Deno.test("without a connection to replace, or at the end of the pool, nothing is probed", () => {
  for (const state of [{ hasConnections: false }, { ending: true }]) {
    const bench = new Bench();
    Object.assign(bench.pool, state);
    assert.equal(bench.probe.want(), false);
    Object.assign(bench.pool, { hasConnections: true, ending: false });
    bench.probe.closed(newSlot(1, "v1"));
    assert.equal(bench.logins.length, 0);
  }
});

Deno.test("a probe without room waits until a connection is gone", () => {
  const bench = new Bench();
  bench.pool.hasRoomForProbe = false;
  assert.equal(bench.probe.want(), false);
  bench.pool.hasRoomForProbe = true;
  bench.probe.closed(newSlot(1, "v1"));
  assert.equal(bench.logins.length, 1);
});

Deno.test("one whose version is of no account any more does not begin", () => {
  const bench = new Bench();
  bench.endpoint.target = undefined;
  assert.equal(bench.probe.want(), true);
  assert.deepEqual(bench.log, []);
});

Deno.test("for a server without room one idle connection is closed, and not a second one", async () => {
  const bench = new Bench();
  const [first] = [bench.addIdle("closing"), bench.addIdle("closing")];
  bench.probe.want();
  await bench.end(busy);
  assert.equal(bench.idle.length, 1);
  assert.equal(bench.logins.length, 0, "it waits until the connection is closed");
  bench.probe.closed(newSlot(9, "v1"));
  assert.equal(bench.logins.length, 0, "another one's end is not what it waits for");
  bench.probe.closed(first!);
  assert.equal(bench.logins.length, 1);
  await bench.end(busy);
  assert.equal(bench.idle.length, 1);
  assert.deepEqual(bench.log, ["open", "swap-started", "swap-aborted", "failed"]);
});

Deno.test("when the idle connection closes at once, the probe goes on at once", async () => {
  const bench = new Bench();
  bench.addIdle("gone");
  bench.probe.want();
  await bench.end(busy);
  assert.equal(bench.logins.length, 1);
  await bench.end("accepted");
  assert.deepEqual(bench.log, ["open", "swap-started", "opened 7 v2"]);
});

Deno.test("a rejected probe closes nothing, and says why unless the version is adopted", async () => {
  for (const adopted of [false, true]) {
    const bench = new Bench();
    bench.addIdle("closing");
    bench.probe.want();
    if (adopted) bench.endpoint.preferred = credential("v2");
    await bench.end(rejected);
    assert.equal(bench.idle.length, 1);
    const aborted = adopted ? [] : ["swap-aborted"];
    assert.deepEqual(bench.log, ["open", "swap-started", ...aborted, "failed"]);
  }
});
