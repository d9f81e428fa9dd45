/** A store, its servers and one client; whoever schedules chooses what happens next. */

import { constantRandom } from "../../../adapters/testing/seeded_random.ts";
import { ClientModel, credentialsFor } from "./client_model.ts";
import type { Machines } from "./opened.ts";
import * as outside from "./outside.ts";
import { ProviderModel } from "./provider_model.ts";
import type { Settings, Version } from "./settings.ts";

/** The provider's read of current that is under way. */
export interface Flight {
  /** Whether the search waits for it, too. */
  readonly joined: boolean;
  /** What the store has answered; it is on its way then. */
  readonly answer?: Version;
}

/** How often something may still happen. */
export interface Left {
  readonly logins: number;
  readonly waits: number;
  readonly refreshes: number;
  readonly pauses: number;
}

/** See above. */
export class World {
  readonly settings: Settings;
  readonly client: ClientModel;
  outside = outside.beginning;
  flight: Flight | undefined;
  left: Left;

  constructor(settings: Settings, client: ClientModel, left: Left = settings) {
    this.settings = settings;
    this.client = client;
    const { logins, waits, refreshes, pauses } = left;
    this.left = { logins, waits, refreshes, pauses };
  }

  /** A world in which the client has logged in, or is about to for the first time. */
  static begin(settings: Settings, machines: Machines): World {
    const random = constantRandom(settings.draw);
    const credential = credentialsFor(settings);
    const provider = new ProviderModel(new machines.VersionOrder());
    const client = new ClientModel({ machines, random, credential }, provider);
    client.readCurrent(1, false);
    client.monitor.saw(1);
    if (!settings.cold) {
      client.want();
      client.answered(true);
    }
    return new World(settings, client);
  }

  /** Another one in the same state. */
  fork(): World {
    const copy = new World(this.settings, this.client.fork(), this.left);
    copy.outside = this.outside;
    copy.flight = this.flight;
    return copy;
  }

  /** Two worlds with the same text have the same future, and are held to the same. */
  key(): string {
    const { logins, waits, refreshes, pauses } = this.left;
    return `${this.situation()}/${this.client.monitor.describe(this.client.nowMs)}/` +
      `${logins},${waits},${refreshes},${pauses}`;
  }

  /** The same without the books: what was counted, and how often what may still happen. */
  situation(): string {
    const { current, pending, previous, primary, replica, lag, steps, rolledBack } = this.outside;
    const flight = this.flight && `${this.flight.joined}${this.flight.answer}`;
    return `${current},${pending},${previous},${primary},${replica},${lag.join()},${steps},` +
      `${rolledBack}/${flight}/${this.client.describe()}`;
  }

  /** Notes that something happened that happens only so often. */
  spend(what: keyof Left): void {
    this.left = { ...this.left, [what]: this.left[what] - 1 };
  }

  /** A search that reads current waits for a read that begins after it asked. */
  join(): void {
    const { phase } = this.client;
    if (phase.type === "read" && phase.stage === "current") this.flight ??= { joined: true };
  }
}
