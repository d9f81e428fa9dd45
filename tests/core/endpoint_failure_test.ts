import assert from "node:assert/strict";
import { delay } from "../../core/clock.ts";
import { RekeyError } from "../../core/errors.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { coded, usual } from "../support/fake_source.ts";
import { budgetMs, ttlMs, withEndpoint } from "./endpoint_fixture.ts";

Deno.test("a store that is down fails no login while the credential in use is accepted", () =>
  withEndpoint(async (house) => {
    const { clock, source } = house;
    await house.login();
    source.failure = coded("ServiceUnavailable");
    await clock.advance(ttlMs * 1_000);
    const { reads } = source;
    assert.equal(await house.login(), "v1");
    assert.equal(source.reads, reads);
  }, { maxStaleMs: ttlMs }));

Deno.test("a cold start waits for a store that is down, within the budget and past negative answers", () =>
  withEndpoint(async (house) => {
    const { clock, source, endpoint } = house;
    source.failure = coded("ServiceUnavailable");
    const login = endpoint.login(house.request());
    await clock.advance(budgetMs * 0.3);
    source.failure = undefined;
    const startedMs = clock.monotonicMs();
    await clock.until(login);
    // The backoff, not the negative TTL, says when the store is asked again.
    assert.ok(clock.monotonicMs() - startedMs < 3_000);
  }, { negativeTtlMs: 60_000 }));

Deno.test("a cold start with a store that stays down ends with the budget", () =>
  withEndpoint(async (house) => {
    const { clock, source } = house;
    source.failure = coded("ServiceUnavailable");
    const startedMs = clock.monotonicMs();
    assert.equal(await house.failure(), "LOGIN_BUDGET_EXHAUSTED");
    assert.equal(clock.monotonicMs() - startedMs, budgetMs);
    assert.equal(house.server.log.length, 0);
    assert.ok(source.reads > 2 && source.reads < 40, `${source.reads} reads`);
  }));

Deno.test("a cold start with a secret that is no credential fails at once", () =>
  withEndpoint(async (house) => {
    house.source.putRaw("v1", "{}");
    const startedMs = house.clock.monotonicMs();
    assert.equal(await house.failure(), "INVALID_SECRET");
    assert.equal(house.clock.monotonicMs(), startedMs);
  }));

Deno.test("a provider that is closed fails no login while the credential in use is accepted", () =>
  withEndpoint(async (house) => {
    await house.login();
    house.provider.close();
    assert.equal(await house.login(), "v1");
  }));

Deno.test("an exhausted budget is one clear error with the attempts and without values", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, source, server, user } = house;
    source.put("v0");
    source.label("previous", "v0");
    source.create("v2");
    server.setPassword("app", "changed by hand");
    const startedMs = clock.monotonicMs();
    const error: unknown = await clock.until(
      endpoint.login(house.request()).then(() => undefined, (error) => error),
    );
    assert.ok(error instanceof RekeyError);
    assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
    assert.equal(clock.monotonicMs() - startedMs, budgetMs);
    assert.deepEqual(error.attempts.slice(0, 3), [
      { stage: "current", versionId: "v1", code: "28P01" },
      { stage: "pending", versionId: "v2", code: "28P01" },
      { stage: "previous", versionId: "v0", code: "28P01" },
    ]);
    assert.match(error.message, /db:5432.*10000 ms.*current v1: 28P01/);
    assert.equal(user.types.filter((type) => type === "search-failed").length, 1);
    assertNoSecretIn(error, ["password-of", "changed by hand"]);
    // One a second at most, once everything is known.
    assert.ok(server.failedLogins <= 3 + budgetMs / 1_000, `${server.failedLogins} failed logins`);
  }));

Deno.test("one that only waited for what others had found rejected is told what that was", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, server } = house;
    server.setPassword("app", "changed by hand");
    const failure = (budgetMs: number) =>
      clock.until(
        endpoint.login(house.request(server, { budgetMs })).then(() => undefined, (error) => error),
      );
    await failure(5_000);
    const error: unknown = await failure(1);
    assert.ok(error instanceof RekeyError);
    assert.equal(error.attempts.at(-1)?.code, "28P01");
    assert.match(error.message, /last: 28P01\. Rejected: current v1: 28P01/);
  }));

Deno.test("a connect that the budget cut short does not hide why the ones before it failed", () =>
  withEndpoint(async (house) => {
    const codes = ["ECONNREFUSED", "CONNECT_TIMEOUT"];
    const { clock, endpoint } = house;
    const connect = async (_credential: unknown, timeoutMs: number) => {
      const code = codes.shift() ?? "CONNECT_TIMEOUT";
      if (code === "CONNECT_TIMEOUT") await delay(clock, timeoutMs);
      throw Object.assign(new Error(code), { code });
    };
    const classify = (error: unknown) => ({
      kind: "connection" as const,
      executed: "no" as const,
      code: (error as { code: string }).code,
    });
    const request = { ...house.request(), connect, classify, budgetMs: 3_000 };
    const error = await clock.until(
      endpoint.login(request).then(() => undefined, (error) => error as RekeyError),
    );
    assert.match(error!.message, /last: ECONNREFUSED/);
  }));

for (const kind of ["connection", "busy", "starting"] as const) {
  Deno.test(`a server that fails with "${kind}" is asked again until the budget ends`, () =>
    withEndpoint(async (house) => {
      const { clock, server } = house;
      await house.login();
      server.refusal = { kind, code: "CODE" };
      const startedMs = clock.monotonicMs();
      assert.equal(await house.failure(), "LOGIN_BUDGET_EXHAUSTED");
      assert.equal(clock.monotonicMs() - startedMs, budgetMs);
      const login = house.endpoint.login(house.request());
      await clock.advance(budgetMs / 2);
      server.refusal = undefined;
      await clock.until(login);
      assert.equal(house.user.types.includes("login-rejected"), false);
    }));
}

Deno.test("a login that no credential mends fails at once, after one look at the store", () =>
  withEndpoint(async (house) => {
    const { clock, server, source } = house;
    await house.login();
    const { reads } = source;
    server.refusal = { kind: "refused", code: "3D000" };
    const startedMs = clock.monotonicMs();
    assert.equal(await house.failure(), "LOGIN_REFUSED");
    assert.equal(source.reads, reads + 1);
    assert.equal(clock.monotonicMs() - startedMs, server.loginMs);
  }));

Deno.test("a refused login goes on when the store has another version by now", () =>
  withEndpoint(async (house) => {
    const { server, source, clock } = house;
    await house.login();
    source.rotate("v2", usual("v2", "app_clone"));
    server.setPassword("app_clone", "password-of-v2");
    const login = house.endpoint.login(house.request());
    server.refusal = { kind: "refused", code: "42501" };
    await clock.advance(server.loginMs);
    server.refusal = undefined;
    assert.equal((await clock.until(login)).credential.versionId, "v2");
  }));

Deno.test("a new user without the right to connect leaves the one in use at work", () =>
  withEndpoint(async (house) => {
    const { endpoint, source, server, provider } = house;
    await house.login();
    source.rotate("v2", usual("v2", "app_clone"));
    await provider.refresh();
    const connect: typeof server.connect = (credential, timeoutMs) => {
      const isNew = credential.username === "app_clone";
      server.refusal = isNew ? { kind: "refused", code: "42501" } : undefined;
      return server.connect(credential, timeoutMs);
    };
    const login = endpoint.login(house.request(server, { connect }));
    assert.equal((await house.clock.until(login)).credential.versionId, "v1");
    server.refusal = undefined;
  }));

Deno.test("an error that is none of the server's is thrown as it is", () =>
  withEndpoint(async (house) => {
    const own = Object.assign(new Error("own"), { code: "OWN" });
    assert.equal(await house.failure({ connect: () => Promise.reject(own) }), "OWN");
    assert.equal(await house.login(), "v1", "the next one has its turn");
  }));

Deno.test("an abort ends the search, and one that waits for its turn", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, server } = house;
    await house.login();
    server.setPassword("app", "changed by hand");
    const { signal } = new AbortController();
    const abort = new AbortController();
    const searches = [abort.signal, abort.signal, signal].map((signal) =>
      endpoint.login(house.request(server, { signal })).then(() => "", ({ code }) => code)
    );
    await clock.advance(1_000);
    abort.abort();
    await clock.settle();
    assert.deepEqual(await Promise.all(searches.slice(0, 2)), ["CLOSED", "CLOSED"]);
    assert.equal(await clock.until(searches[2]!), "LOGIN_BUDGET_EXHAUSTED");
  }));
