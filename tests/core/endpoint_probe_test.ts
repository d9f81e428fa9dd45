import assert from "node:assert/strict";
import type { RekeyEvent } from "../../core/events.ts";
import { FakeServer } from "../support/fake_server.ts";
import { FakeUser, ttlMs, withEndpoint } from "./endpoint_fixture.ts";

Deno.test("a push is probed by the first user that has connections, and all hear of it", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, provider, source, server, user } = house;
    const second = new FakeUser(), third = new FakeUser();
    const leave = [endpoint.attach(second), endpoint.attach(third)];
    second.onProbe = () => void endpoint.probe(house.request());
    await house.login();
    source.rotate("v2");
    server.setPassword("app", "password-of-v2");
    await provider.refresh();
    await clock.advance(100);
    assert.deepEqual([user.probes, second.probes, third.probes], [["v2"], ["v2"], []]);
    for (const each of [user, second, third]) assert.equal(each.preferred.at(-1), "v2");
    leave.forEach((each) => each());
  }));

Deno.test("a probe tries the pushed version and nothing else", () =>
  withEndpoint(async (house) => {
    const { endpoint, provider, source, clock } = house;
    const probe = () => clock.until(endpoint.probe(house.request()));
    await house.login();
    assert.deepEqual(await probe(), { code: "SUPERSEDED", kind: undefined });
    source.rotate("v2");
    await provider.refresh();
    house.answers();
    assert.deepEqual(await probe(), { code: "28P01", kind: "auth" });
    assert.deepEqual(house.answers(), ["!v2"]);
    assert.equal(endpoint.preferred?.versionId, "v1");
    assert.deepEqual(await probe(), { code: "SUPERSEDED", kind: undefined });
  }));

Deno.test("an endpoint that lags is probed again, at most once per TTL", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, provider, source, server, user } = house;
    user.onProbe = () => void endpoint.probe(house.request());
    await house.login();
    source.rotate("v2");
    await provider.refresh();
    for (let i = 0; i < 10 * 6; i++) {
      await clock.advance(ttlMs / 6);
      assert.equal(await house.login(), "v1");
    }
    assert.ok(server.failedLogins >= 9 && server.failedLogins <= 11, `${server.failedLogins}`);
    server.setPassword("app", "password-of-v1", "password-of-v2");
    await clock.advance(ttlMs);
    assert.equal(endpoint.preferred?.versionId, "v2");
    assert.equal(clock.timers, 1, "only the refresh of the provider is left");
  }));

Deno.test("a probe that meets no server is made again after a TTL", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, provider, source, server, user } = house;
    user.onProbe = () => void endpoint.probe(house.request());
    await house.login();
    source.rotate("v2");
    server.setPassword("app", "password-of-v1", "password-of-v2");
    server.refusal = { kind: "connection", code: "ECONNREFUSED" };
    await provider.refresh();
    await clock.advance(100);
    server.refusal = undefined;
    await clock.advance(ttlMs);
    assert.equal(endpoint.preferred?.versionId, "v2");
  }));

for (const by of ["probe", "login"] as const) {
  for (const code of ["CONNECT_TIMEOUT", "ECONNREFUSED"]) {
    // The server may have refused what it did not answer, and counted that.
    const tried = code === "ECONNREFUSED" ? ["!v2", "!v1", "v3"] : ["!v2", "v3"];
    Deno.test(`after a ${by} that failed with ${code} and one that was rejected, tried before the store was asked: ${tried}`, () =>
      withEndpoint(async (house) => {
        const { clock, endpoint, provider, server, source, user } = house;
        await house.login();
        source.rotate("v2");
        server.refusal = { kind: "connection", code };
        if (by === "probe") user.onProbe = () => void endpoint.probe(house.request());
        await provider.refresh();
        const login = by === "login" ? endpoint.login(house.request()) : undefined;
        await clock.advance(10);
        server.refusal = undefined;
        source.rotate("v3");
        server.setPassword("app", "password-of-v3");
        house.answers();
        await clock.until(login ?? endpoint.login(house.request()));
        assert.deepEqual(house.answers(), tried);
      }));
  }
}

Deno.test("a roll-back is believed after two logins in a row, told, and probed again later", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, source, server, user } = house;
    await house.login();
    source.rotate("v2");
    server.setPassword("app", "password-of-v2");
    await house.login();
    server.setPassword("app", "password-of-v1");
    house.answers();
    assert.equal(await house.login(), "v1");
    assert.equal(endpoint.preferred?.versionId, "v2", "one login is no proof");
    assert.equal(await house.login(), "v1");
    assert.equal(endpoint.preferred?.versionId, "v1");
    assert.equal(await house.login(), "v1");
    assert.deepEqual(house.answers(), ["!v2", "v1", "!v2", "v1", "v1"]);
    const rolledBack = (event: RekeyEvent) =>
      event.type === "candidate-accepted" && event.rolledBack;
    assert.equal(user.events.filter(rolledBack).length, 1);
    // It was a server that lagged, perhaps: the store still names v2.
    server.setPassword("app", "password-of-v2", "password-of-v1");
    await clock.advance(ttlMs);
    assert.equal(await house.login(), "v2");
  }));

Deno.test("a roll-back in the store is probed like any change", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, source, server, provider, user } = house;
    user.onProbe = () => void endpoint.probe(house.request());
    await house.login();
    server.setPassword("app", "password-of-v1", "password-of-v2");
    source.rotate("v2");
    await provider.refresh();
    await clock.advance(100);
    assert.equal(endpoint.preferred?.versionId, "v2");
    source.label("current", "v1");
    await provider.refresh();
    await clock.advance(1_100);
    assert.equal(endpoint.preferred?.versionId, "v1");
    assert.equal(server.failedLogins, 0);
  }));

Deno.test("a version that became current while nobody was attached is pushed on the next attach", () =>
  withEndpoint(async (house) => {
    const { source, provider, clock } = house;
    const endpoint = house.endpointFor("other:5432");
    const leave = endpoint.attach(house.user);
    await house.login(endpoint);
    leave();
    source.rotate("v2");
    await provider.refresh();
    const again = new FakeUser();
    const leaveAgain = endpoint.attach(again);
    assert.deepEqual(again.probes, ["v2"]);
    leaveAgain();
    await clock.settle();
  }));

Deno.test("when the one that was to probe leaves, the next one does", () =>
  withEndpoint(async (house) => {
    const { endpoint, source, provider } = house;
    const prober = new FakeUser();
    prober.onProbe = () => {};
    const leave = endpoint.attach(prober);
    await house.login();
    source.rotate("v2");
    await provider.refresh();
    assert.deepEqual(prober.probes, ["v2"]);
    const next = new FakeUser();
    next.onProbe = () => {};
    const leaveNext = endpoint.attach(next);
    leave();
    assert.ok(next.probes.includes("v2"));
    leaveNext();
  }));

Deno.test("a process that starts at a replica that lags moves on when the replica has caught up", () =>
  withEndpoint(async (house) => {
    const { clock, endpoint, source, user } = house;
    const replica = new FakeServer(clock, { app: "password-of-v1" });
    user.onProbe = () => void endpoint.probe(house.request(replica));
    source.rotate("v2");
    assert.equal(await house.login(endpoint, replica), "v1");
    replica.setPassword("app", "password-of-v2");
    await clock.advance(ttlMs + 100);
    assert.equal(endpoint.preferred?.versionId, "v2");
    assert.deepEqual(house.answers(replica), ["!v2", "v1", "v2"]);
  }));
