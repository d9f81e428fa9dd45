import assert from "node:assert/strict";
import { endpointOf } from "../../core/endpoint/registry.ts";
import { FakeServer } from "../support/fake_server.ts";
import { ttlMs, withEndpoint } from "./endpoint_fixture.ts";

Deno.test("one login at a time is under way, whoever wants it", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, server } = house;
    server.loginMs = 50;
    const logins = Array.from({ length: 10 }, () => endpoint.login(house.request()));
    const ping = endpoint.login(house.request());
    await clock.advance(50);
    assert.equal(server.sessions.length, 1);
    await clock.until(Promise.all([...logins, ping]));
    house.source.rotate("v2");
    server.setPassword("app", "password-of-v2");
    const after = [endpoint.login(house.request()), endpoint.probe(house.request())];
    await house.provider.refresh();
    await clock.until(Promise.all(after));
    assert.equal(server.mostLoginsInFlight, 1);
  }));

Deno.test("whoever waits for a turn profits from what the one before found out", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, source, server } = house;
    await house.login();
    source.create("v2");
    server.setPassword("app", "password-of-v2");
    house.answers();
    await clock.until(
      Promise.all(Array.from({ length: 8 }, () => endpoint.login(house.request()))),
    );
    assert.deepEqual(house.answers(), ["!v1", ...Array(8).fill("v2")]);
  }));

Deno.test("a rejected push goes straight back to what was accepted last, without a store call", () =>
  withEndpoint(async (house) => {
    const { source, provider } = house;
    await house.login();
    source.rotate("v2");
    await provider.refresh();
    const { reads } = source;
    house.answers();
    assert.equal(await house.login(), "v1");
    assert.deepEqual(house.answers(), ["!v2", "v1"]);
    assert.equal(source.reads, reads);
  }));

Deno.test("a version that is read but was current before is not adopted for being different", () =>
  withEndpoint(async (house) => {
    const { clock, source, server, provider, endpoint } = house;
    await house.login();
    source.create("v2");
    server.setPassword("app", "password-of-v2");
    assert.equal(await house.login(), "v2", "pending, adopted in the gap");
    house.answers();
    // The store still says v1.
    await provider.refresh();
    await clock.advance(ttlMs * 3);
    assert.equal(endpoint.target, undefined);
    assert.equal(await house.login(), "v2");
    assert.deepEqual(house.answers(), ["v2"]);
  }));

Deno.test("the first credential of a process is read from the cache, and again when it is rejected", () =>
  withEndpoint(async (house) => {
    const { provider, source, server } = house;
    await provider.get();
    source.rotate("v2");
    server.setPassword("app", "password-of-v2");
    assert.equal(await house.login(), "v2");
    assert.deepEqual(house.answers(), ["!v1", "v2"]);
    assert.equal(source.readsOf.current, 2);
  }));

Deno.test("stages that are denied or empty are no candidates, and no failure", () =>
  withEndpoint(async (house) => {
    const { clock, source, server } = house;
    await house.login();
    source.denied.add("pending").add("previous");
    source.create("v2");
    server.setPassword("app", "password-of-v2");
    const login = house.endpoint.login(house.request());
    await clock.advance(2_500);
    assert.deepEqual(house.answers(), ["v1", "!v1", "!v1"]);
    source.finish();
    assert.equal((await clock.until(login)).credential.versionId, "v2");
  }));

Deno.test("a push during a backoff wakes the search", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, source, server, provider } = house;
    await house.login();
    server.setPassword("app", "password-of-v2");
    const login = endpoint.login(house.request());
    // By now the waits are seconds long.
    await clock.advance(7_000);
    source.rotate("v2");
    const startedMs = clock.monotonicMs();
    await provider.refresh();
    await clock.until(login);
    assert.equal(clock.monotonicMs() - startedMs, server.loginMs);
  }));

Deno.test("two pools of one process share an endpoint, and its memory of rejections", () =>
  withEndpoint(async (house) => {
    const { provider, clock, random, source, server } = house;
    const of = (port: number) => endpointOf(provider, "db", port, clock, random);
    assert.equal(of(5432), of(5432));
    assert.notEqual(of(5432), of(5433));
    const leave = of(5432).attach(house.user);
    await house.login(of(5432));
    source.rotate("v2");
    await provider.refresh();
    await Promise.all([house.login(of(5432)), house.login(of(5432))]);
    assert.equal(server.failedLogins, 1);
    leave();
  }));

Deno.test("observers hear of rejections and of what is accepted in their place", () =>
  withEndpoint(async (house) => {
    const { source, server, user } = house;
    await house.login();
    source.create("v2");
    server.setPassword("app", "password-of-v2");
    await house.login();
    const heard = user.events.filter(({ type }) => type !== "version-changed");
    assert.deepEqual(heard, [
      {
        type: "candidate-accepted",
        endpoint: "db:5432",
        username: "app",
        versionId: "v1",
        stage: "current",
        from: undefined,
        rolledBack: false,
      },
      {
        type: "login-rejected",
        endpoint: "db:5432",
        username: "app",
        versionId: "v1",
        stage: "accepted",
        code: "28P01",
      },
      {
        type: "candidate-accepted",
        endpoint: "db:5432",
        username: "app",
        versionId: "v2",
        stage: "pending",
        from: "v1",
        rolledBack: false,
      },
    ]);
    assert.deepEqual(house.endpoint.stats(), {
      endpoint: "db:5432",
      versionId: "v2",
      accepted: 2,
      rejected: 1,
      waiting: 0,
    });
  }));

Deno.test("several servers behind one name: a connection falls back alone, preferred stays", () =>
  withEndpoint(async (house) => {
    const { endpoint, source, server, clock } = house;
    const lagging = new FakeServer(clock, { app: "password-of-v1" });
    await house.login();
    source.rotate("v2");
    server.setPassword("app", "password-of-v2");
    assert.equal(await house.login(), "v2");
    assert.equal(await house.login(endpoint, lagging), "v1");
    assert.equal(endpoint.preferred?.versionId, "v2");
    assert.deepEqual(house.user.preferred, ["v1", "v2"]);
    assert.equal(await house.login(), "v2");
    assert.equal(await house.login(endpoint, lagging), "v1");
    assert.equal(endpoint.preferred?.versionId, "v2");
  }));
