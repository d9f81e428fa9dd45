/** Makes things happen in a simulated world, and watches all of it. */

import type {
  SimulatedReplica,
  SimulatedServer,
  UserSnapshot,
} from "../../../adapters/testing/simulation/database/mod.ts";
import { SimulatedWorld } from "../../../adapters/testing/simulation/world.ts";
import { codeOf } from "../../../core/errors.ts";
import { properties } from "../properties/catalogue.ts";
import { isRefusal } from "../properties/logins.ts";
import { ReadWatch } from "../properties/reads.ts";
import { RotationWatch } from "../properties/rotation.ts";
import { SecrecyWatch } from "../properties/secrecy.ts";
import { StatementWatch } from "../properties/statements.ts";
import { Violations } from "../properties/violations.ts";
import { availableVersions } from "./availability.ts";
import {
  type Configuration,
  connectTimeoutMs,
  loginBudgetMs,
  readTimeoutMs,
} from "./configuration.ts";
import { Coverage, type Phase } from "./coverage.ts";
import { Life } from "./life.ts";
import { Lockouts } from "./lockouts.ts";
import type { Hidden } from "./faults.ts";
import { RotationService } from "./rotation_service.ts";
import { Workload } from "./workload.ts";

/** What every password begins with. */
const marker = "pw~";

/** A fault that lasts. */
export interface LastingFault {
  readonly name: string;
  /** What no property may claim meanwhile that a client could have used. */
  readonly hides: Hidden;
  readonly end: () => void;
}

/** A world, and what is done to it. */
export class Director {
  readonly configuration: Configuration;
  readonly world: SimulatedWorld;
  readonly violations: Violations;
  readonly coverage = new Coverage();
  readonly replica: SimulatedReplica;
  readonly second: SimulatedReplica | undefined;
  readonly rotationWatch: RotationWatch;
  readonly service: RotationService;
  readonly workload: Workload = new Workload(this);
  readonly statements: StatementWatch;
  readonly lockouts: Lockouts;
  lives: Life[] = [];
  /** Where the rotation is. */
  phase: Phase = "idle";
  /** Before the last change of a password by the rotator. */
  usersBefore: UserSnapshot | undefined;
  /** How far the replica lagged at most. */
  longestLagMs: number;
  /** How often each server was restarted. */
  readonly restarts = { primary: 0, replica: 0 };
  /** Faults that last, until their end. */
  readonly lasting = new Set<LastingFault>();
  readonly #hosts: ReadonlyMap<string, readonly SimulatedServer[]>;
  readonly secrecy: SecrecyWatch;
  readonly #reads: ReadWatch;
  #users: UserSnapshot;
  #lifeNumber = 0;

  constructor(configuration: Configuration) {
    this.configuration = configuration;
    const { seed, strategy, lagMs, sharedName } = configuration;
    this.longestLagMs = lagMs;
    this.world = new SimulatedWorld({
      seed,
      marker,
      server: { secondPasswords: strategy.secondPasswords },
    });
    const { world } = this;
    const { primary, store, timeline } = world;
    this.violations = new Violations((what) => timeline.note("checker", what));
    this.replica = world.replica("replica", lagMs);
    this.second = sharedName ? world.replica("replica-2", lagMs * 2 + 100) : undefined;
    const replicas = this.second ? [this.replica, this.second] : [this.replica];
    world.hosts.set("replica", replicas);
    this.#hosts = new Map<string, readonly SimulatedServer[]>([
      ["primary", [primary]],
      ["replica", replicas],
    ]);
    const { violations } = this;
    this.secrecy = new SecrecyWatch(violations, marker);
    this.#reads = new ReadWatch(violations, readTimeoutMs);
    const servers = [primary, ...replicas];
    this.lockouts = new Lockouts(this, servers);
    this.statements = new StatementWatch(
      violations,
      (id) => servers.reduce((times, server) => times + server.executions(id), 0),
    );
    this.rotationWatch = new RotationWatch(violations, store, primary, strategy.overlaps);
    this.#users = primary.snapshot();
    store.onRead = (event) => {
      const life = this.lives.find(({ name }) => name === event.principal);
      if (life !== undefined) this.#reads.onRead(event, life.process.clock);
    };
    store.onChange = ({ what }) => this.rotationWatch.checkNotLockedOut(what);
    const rotator = world.rotator(strategy.strategy(), {
      replicas: configuration.waitsForReplica ? ["replica"] : [],
      timeoutMs: 20_000,
      target: {
        connectTimeoutMs,
        onPasswordChange: (_server, username) => {
          this.usersBefore = this.#users;
          this.#users = primary.snapshot();
          this.rotationWatch.onPasswordChange(username);
        },
      },
    });
    this.service = new RotationService(this, rotator);
    for (let number = 0; number < configuration.processes; number++) this.start(true);
    this.start(false);
  }

  /** The world's monotonic time. */
  get nowMs(): number {
    return this.world.clock.monotonicMs();
  }

  /** How many rotations were finished. */
  get rotations(): number {
    return this.coverage.rotations;
  }

  /** Starts a process of the app: one with pools, or one that reads its credential now and then. */
  start(withPools: boolean): void {
    const { ttlMs, heedsSignal, max, maxLifetimeMs, drainMs } = this.configuration;
    const name = `app-${++this.#lifeNumber}`;
    const process = this.world.process(name, {
      heedsSignal,
      provider: { ttlMs, readTimeoutMs },
      onEvent: (event) => {
        this.secrecy.data(`the event ${event.type}`, event);
        this.#reads.onEvent(name, event, life.process.clock);
        life.onEvent(event);
        if (!life.ended) return;
        this.violations.report(properties.leftovers, `${name}: ${event.type} after the end`);
      },
      onLogin: ({ host, begunMs, error, credential: { username, versionId } }) => {
        const { logins, locks } = life.watched.find((watched) => watched.host === host)!;
        locks.tried(username, begunMs, error === undefined ? undefined : codeOf(error));
        if (error === undefined) {
          logins.accepted(versionId);
          this.lockouts.accepted(host, versionId);
        } else if (isRefusal(codeOf(error))) logins.rejected(begunMs, versionId);
      },
      onStandstill: () => this.violations.report(properties.standstill, name),
      onSearch: ({ host, begunMs }) => life.onSearch(host, begunMs, this.nowMs),
    });
    const life = new Life(process, this.violations);
    this.lives.push(life);
    for (const host of withPools ? this.#hosts.keys() : []) {
      const client = process.client(host, {
        max,
        maxLifetimeMs,
        drainMs,
        loginBudgetMs,
        connectTimeoutMs,
        pingAfterIdleMs: 5_000,
      });
      life.watch(host, client, ttlMs, () => this.#reads.learnedAtMs(name));
    }
  }

  /** A process dies, and another one takes its place. */
  restart(life: Life): void {
    this.world.clients.kill(life.process.clock);
    this.world.store.reads.forget(life.name);
    this.world.timeline.note(life.name, "dies");
    this.lives = this.lives.filter((other) => other !== life);
    this.statements.abandon(life.name);
    this.start(life.watched.length > 0);
  }

  /** Lets time pass, looking at the world after everything that happens in it. */
  async advance(ms: number): Promise<void> {
    const { clock } = this.world;
    const untilMs = this.nowMs + ms;
    await clock.settle();
    this.look();
    while (await clock.step(untilMs)) {
      this.look();
      // At once: what goes round in a circle may have no end.
      this.violations.raise();
    }
    await clock.advance(untilMs - this.nowMs);
  }

  /** A fault begins that lasts until it is ended. */
  begin({ name, hides, end }: LastingFault): LastingFault {
    const fault: LastingFault = {
      name,
      hides,
      end: () => {
        if (this.lasting.delete(fault)) end();
      },
    };
    this.happened(name);
    this.lasting.add(fault);
    return fault;
  }

  /** A fault happened. */
  happened(name: string): void {
    this.coverage.faults++;
    this.coverage.met(name, this.phase);
    this.world.timeline.note("fault", name);
  }

  /** Checks what must hold at every moment. */
  look(): void {
    this.lockouts.look();
    for (const life of this.lives) {
      for (const watched of life.watched) {
        const servers = this.#hosts.get(watched.host)!;
        watched.opportunity.update(
          this.nowMs,
          availableVersions(this.world.store, life, servers, watched, this.lasting),
        );
      }
      life.look((earlier, later) =>
        number(earlier) < number(later) && this.#reads.sawFirst(life.name, earlier, later)
      );
    }
  }

  /** Looks for secrets in everything that can be printed. */
  inspect(): void {
    for (const { process, watched } of this.lives) {
      this.secrecy.data("the provider's snapshot", process.provider.stats());
      this.secrecy.inspection("the provider", process.provider);
      for (const { client } of watched) {
        this.secrecy.data("the pool's snapshot", client.pool.stats());
        this.secrecy.data("the endpoint's snapshot", client.endpoint.stats());
        this.secrecy.inspection("the endpoint", client.endpoint);
        this.secrecy.inspection("the pool", client.pool);
      }
    }
  }

  /** Somebody other than the rotator changed users: from here on, these are the users. */
  usersChanged(): void {
    this.#users = this.world.primary.snapshot();
  }

  #checkTimers(): void {
    for (const { name, process: { clock: { timers } } } of this.lives) {
      if (timers > 0) this.violations.report(properties.leftovers, `${name}: ${timers} timers`);
    }
  }

  /** Ends the processes in good order, and checks what is left. */
  async end(): Promise<void> {
    this.inspect();
    // Reads under way at the end: their answers are for nobody.
    for (const { process } of this.lives) process.provider.refresh("hint").catch(() => {});
    const ended = this.lives.map((life) => life.end(5_000));
    await this.world.clock.until(Promise.all(ended), 60_000);
    this.#checkTimers();
    await this.advance(20_000);
    this.#checkTimers();
    for (const { name, watched } of this.lives) {
      for (const { host, client } of watched) {
        if (client.connections === 0) continue;
        const text = `${name}@${host}: ${client.connections} connections`;
        this.violations.report(properties.leftovers, text);
      }
    }
    this.statements.check();
  }
}

/** Versions are numbered in the order in which their rotations began. */
function number(versionId: string): number {
  return Number(versionId.slice(1));
}
