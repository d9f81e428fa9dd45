/** Everything that goes wrong, by name. */

import type { Weather } from "../../../adapters/testing/simulation/network.ts";
import type { StoreFault } from "../../../adapters/testing/simulation/store/mod.ts";
import { appSecretId } from "../../../adapters/testing/simulation/world.ts";
import type { VersionStage } from "../../../core/credential.ts";
import { stages } from "../properties/stages.ts";
import { type Configuration, longestCalmFreezeMs } from "./configuration.ts";
import type { Director } from "./director.ts";

/** The versions that clients cannot read, or the servers that they cannot reach as usual. */
export type Hidden = readonly VersionStage[] | "servers" | undefined;

/** A fault. */
export interface Fault {
  /** While it lasts: what no property may claim that a client could have used. */
  readonly hides?: Hidden;
  /** Whether the promised numbers of failed logins hold in its presence. */
  readonly calm: boolean;
  /** Where it can happen at all, when not everywhere. */
  readonly needs?: (configuration: Configuration) => boolean;
  /** How much of it, from 0 to 1. Returns how to end it, when it lasts. */
  readonly begin: (director: Director, much: number) => (() => void) | void;
}

const hosts = ["primary", "replica", "replica-2"];

function weather(names: readonly string[], bad: (much: number) => Weather): Fault {
  return {
    calm: false,
    hides: names === hosts ? "servers" : stages,
    begin({ world: { network } }, much) {
      for (const name of names) network.weather.set(name, bad(much));
      return () => {
        for (const name of names) network.weather.delete(name);
      };
    },
  };
}

function storeFault(fault: StoreFault): Fault {
  return {
    calm: false,
    hides: stages,
    begin: ({ world: { store } }) => {
      const injected = store.faults.inject(fault);
      return () => injected.remove();
    },
  };
}

/**
 * A search waits for a read until that times out, and for one of another stage after it: longer than
 * what is promised of a search, whichever candidates there are.
 */
function withSilence(fault: Fault): Fault {
  return { ...fault, hides: "servers" };
}

/** For apps only: a rotator whose key may not read pending can do nothing. */
function denied(stage: "pending" | "previous"): Fault {
  return {
    calm: false,
    hides: [stage],
    begin({ world: { store }, lives }) {
      const injected = lives.map(({ name }) =>
        store.faults.inject({ kind: "denied", principal: name, stage })
      );
      return () => {
        for (const fault of injected) fault.remove();
      };
    },
  };
}

function oneOf<T>(items: readonly T[], much: number): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(much * items.length))];
}

/** All of them. */
export const faults: Readonly<Record<string, Fault>> = {
  "store throttled": storeFault({ kind: "throttled", rate: 0.5 }),
  "store unavailable": storeFault({ kind: "unavailable" }),
  "store silent": withSilence(storeFault({ kind: "silent", rate: 0.5 })),
  "pending denied": denied("pending"),
  "previous denied": denied("previous"),
  "stale reads": {
    calm: false,
    hides: stages,
    begin({ world: { store } }, much) {
      Object.assign(store.consistency, { staleForMs: 200 + 600 * much, staleRate: 0.5 });
      return () => void Object.assign(store.consistency, { staleForMs: 0 });
    },
  },
  "store slow": weather(["store"], (much) => ({
    latencyMs: [50, 200 + 1_200 * much],
    lossRate: 0,
    losses: [],
  })),
  "store lossy": withSilence(weather(["store"], () => ({
    latencyMs: [1, 50],
    lossRate: 0.3,
    losses: ["lost-before", "lost-after", "silent"],
  }))),
  "network slow": weather(hosts, (much) => ({
    latencyMs: [20, 100 + 700 * much],
    lossRate: 0,
    losses: [],
  })),
  "requests lost": weather(hosts, () => ({
    latencyMs: [1, 20],
    lossRate: 0.2,
    losses: ["lost-before"],
  })),
  "answers lost": weather(hosts, () => ({
    latencyMs: [1, 20],
    lossRate: 0.2,
    losses: ["lost-after"],
  })),
  "network silent": weather(hosts, () => ({
    latencyMs: [1, 20],
    lossRate: 0.1,
    losses: ["silent"],
  })),
  "connection limit": {
    calm: false,
    hides: "servers",
    begin({ world: { primary }, replica }, much) {
      for (const server of [primary, replica]) server.maxSessions = 1 + Math.floor(much * 4);
      return () => {
        for (const server of [primary, replica]) server.maxSessions = Infinity;
      };
    },
  },
  "replica lags": {
    calm: true,
    begin(director, much) {
      const { replica, configuration: { lagMs } } = director;
      replica.lagMs = lagMs + 4_000 * much;
      director.longestLagMs = Math.max(director.longestLagMs, replica.lagMs);
      return () => void (replica.lagMs = lagMs);
    },
  },
  "replica paused": {
    calm: false,
    begin({ replica }) {
      replica.pause();
      return () => replica.resume();
    },
  },
  "sessions killed": {
    calm: true,
    begin({ world: { primary }, replica }, much) {
      for (const server of [primary, replica]) {
        server.killSessions(({ pid }) => much > 0.5 || pid % 2 === 0);
      }
    },
  },
  "primary restarted": {
    calm: true,
    begin({ world: { primary }, restarts }, much) {
      restarts.primary++;
      primary.restart(100 + 3_000 * much, { crash: much > 0.5 });
    },
  },
  "replica restarted": {
    calm: true,
    begin({ replica, restarts }, much) {
      restarts.replica++;
      replica.restart(100 + 3_000 * much);
    },
  },
  "recovery conflict": {
    calm: true,
    begin: ({ replica }) => void replica.conflict(),
  },
  "half-open connections": {
    calm: true,
    begin({ world: { clients } }, much) {
      let number = 0;
      for (const connection of [...clients.connections]) {
        if (number++ % 2 === Math.round(much)) connection.goSilent();
      }
    },
  },
  "process frozen": {
    calm: true,
    begin({ world, lives, configuration: { calm } }, much) {
      // Whoever sleeps through two rotations meets what is promised for rotations that overlap.
      const life = oneOf(lives, much);
      if (life === undefined) return;
      const { clock, provider } = life.process;
      const ms = 100 + much * (calm ? longestCalmFreezeMs - 100 : 20_000);
      const ask = () => void provider.get().catch(() => {});
      // A read is under way, perhaps, and the process has use for a credential when it wakes.
      if (much > 0.3) provider.refresh("hint").catch(() => {});
      clock.freeze(ms);
      world.clock.setTimer(ms + 1, ask);
    },
  },
  "process restarted": {
    calm: true,
    begin(director, much) {
      const life = oneOf(director.lives, much);
      if (life !== undefined) director.restart(life);
    },
  },
  "wall clock jumps": {
    calm: true,
    begin: ({ lives }, much) =>
      oneOf(lives, much)?.process.clock.jumpWall((much - 0.5) * 7_200_000),
  },
  "hints": {
    calm: true,
    begin({ lives }, much) {
      for (const { process } of lives) {
        if (!process.clock.running) continue;
        for (let n = 0; n < 1 + much * 2; n++) process.provider.refresh("hint").catch(() => {});
      }
    },
  },
  "user locked out": {
    calm: false,
    needs: ({ lockout }) => lockout !== "none",
    begin(director, much) {
      director.lockouts.lockOutUser();
      // An administrator notices, or nobody does.
      return much > 0.5 ? () => director.lockouts.flush() : undefined;
    },
  },
  "step crashed": { calm: true, begin: (director) => director.service.crashStep() },
  "step duplicated": { calm: true, begin: (director) => director.service.duplicateStep() },
  "rotation cancelled": { calm: true, begin: (director) => director.service.cancel() },
  "rotation abandoned": { calm: true, begin: (director) => director.service.abandon() },
  "store rolled back": {
    calm: false,
    begin({ world: { store }, rotationWatch, service, configuration }) {
      // Two of these before a rotation mends the first leave passwords that no label is on.
      if (store.versionOf(appSecretId, "previous") === undefined || rotationWatch.disturbed) return;
      // The pending user is the current one then: the rotator refuses, and somebody must tidy up.
      if (service.rotating && !configuration.strategy.touchesActiveUser) return;
      rotationWatch.disturb();
      store.rollBack(appSecretId);
    },
  },
  "old password restored": {
    calm: false,
    begin(director) {
      const { usersBefore, rotationWatch, world, configuration } = director;
      // An active user of an alternating pair that was restored is for an administrator to mend.
      if (usersBefore === undefined || !configuration.strategy.touchesActiveUser) return;
      // Further back than any label reaches nothing but a hand can help.
      if (rotationWatch.disturbed || !rotationWatch.anyLogsIn(usersBefore)) return;
      rotationWatch.disturb();
      world.primary.restore(usersBefore);
      director.usersBefore = undefined;
      director.usersChanged();
    },
  },
};
