/** The simulated database, as the facts ask it. */

import { delay } from "../../../../core/clock.ts";
import { deferred } from "../../../../core/deferred.ts";
import { Secret } from "../../../../core/secret.ts";
import { ManualClock } from "../../../../adapters/testing/manual_clock.ts";
import { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import {
  classify,
  SimulatedClients,
  SimulatedHosts,
  SimulatedReplica,
  SimulatedServer,
  SimulatedTarget,
} from "../../../../adapters/testing/simulation/database/mod.ts";
import { Network } from "../../../../adapters/testing/simulation/network.ts";
import { ProcessClock } from "../../../../adapters/testing/simulation/process_clock.ts";
import { Timeline } from "../../../../adapters/testing/simulation/timeline.ts";
import type { Client, Database, Fact, LoginRequest, Place } from "./subject.ts";

/** Checks a fact in a world of its own. */
export async function checkSimulated(fact: Fact): Promise<void> {
  const clock = new ManualClock();
  await clock.until(fact.check(simulated(clock), "app"), 3_600_000);
}

function simulated(clock: ManualClock): Database {
  const timeline = new Timeline(clock);
  const random = new SeededRandom(1);
  const primary = new SimulatedServer("primary", { clock, timeline }, { maxSessions: 12 });
  const replica = new SimulatedReplica("replica", primary, { timeline });
  const servers = { primary, replica };
  const hosts = new SimulatedHosts(random.fork(1));
  for (const server of [primary, replica]) hosts.set(server.name, [server]);
  const clients = new SimulatedClients(new Network(clock, random), hosts);
  const process = new ProcessClock(clock);
  const sessions = (place: Place, username: string) =>
    [...servers[place].sessions].filter((session) => session.username === username);

  return {
    createUser(username, password, rights = {}) {
      primary.setUser(username, { passwords: [password], ...rights });
      return Promise.resolve();
    },
    setPassword(username, password) {
      primary.setPasswords(username, [password]);
      return Promise.resolve();
    },
    target: new SimulatedTarget(clients, process),
    address: (place) => ({ host: place, port: undefined }),
    login: (place, request) => login(clients, process, place, request),
    classify,
    sessions: (place, username) => Promise.resolve(sessions(place, username).length),
    async underWay(place, username) {
      while (!sessions(place, username).some(({ busy }) => busy)) await delay(clock, 1);
    },
    executions: (id) => Promise.resolve(primary.executions(id)),
    kill(username) {
      primary.killSessions((session) => session.username === username);
      return Promise.resolve();
    },
    toldTerminated: () =>
      Promise.resolve(timeline.lines().filter((line) => line.endsWith("57P01")).length),
    crash() {
      primary.restart(1_000, { crash: true });
      return Promise.resolve();
    },
    comeBack: () => Promise.resolve(),
    pause: () => delay(clock, 20),
    setLag(lagMs) {
      replica.lagMs = lagMs;
      return Promise.resolve();
    },
    pauseReplay() {
      replica.pause();
      return Promise.resolve();
    },
    resumeReplay() {
      replica.resume();
      return Promise.resolve();
    },
    async caughtUp() {
      while (replica.behind > 0) await delay(clock, 1);
    },
    conflict() {
      replica.conflict();
      return Promise.resolve();
    },
  };
}

async function login(
  clients: SimulatedClients,
  process: ProcessClock,
  host: Place,
  { password, ...request }: LoginRequest,
): Promise<Client> {
  const connection = await clients.connect(process, {
    ...request,
    host,
    password: new Secret(password),
    timeoutMs: 5_000,
  });
  const { promise: ended, resolve } = deferred<void>();
  connection.onEnd = () => resolve();
  return {
    execute: (statement) => connection.execute(statement),
    begin: () => connection.begin(),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    close() {
      connection.close();
      return Promise.resolve();
    },
    ended,
  };
}
