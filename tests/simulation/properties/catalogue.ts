/** What must hold in every schedule, and under which assumption. */

/** One property. */
export interface Property {
  readonly number: number;
  readonly name: string;
  /** What must be the case for it to hold. Where there is none: always. */
  readonly assumption: string;
}

/** Every property, by a short name. */
export const properties = {
  credential: {
    number: 1,
    name: "no statement fails for want of a credential",
    assumption: "one of what the endpoint last accepted, current, pending and previous was valid " +
      "at every server of that name, of a user who was not locked out in the last minute, and " +
      "readable, during the last 7.5 s of the login budget " +
      "(one backoff of 5 s, one mark of 1 s, the messages)",
  },
  singleFlight: {
    number: 2,
    name: "at most one read of a stage is in flight",
    assumption: "timed-out reads apart",
  },
  failedLogins: {
    number: 3,
    name: "at most 1 failed login for each rotation on the primary, 2 on a replica, none with " +
      "alternating users on the primary; never 3 in a row without new information or a wait of " +
      "1 s; a lagging endpoint is probed once in ttlMs",
    assumption:
      "for the numbers: rotations at least one login budget apart and further than a process is " +
      "asleep, a store that can be " +
      "read and is not stale, one server behind a name, nothing restored or rolled back; one more " +
      "on a replica for each further ttlMs that it lags, and one more for each restart of a server; new information is a version not seen " +
      "before, another current one, and that the version accepted until now is refused",
  },
  lateAnswer: {
    number: 4,
    name: "a late answer never replaces a newer one, and one answer alone is no roll-back",
    assumption: "",
  },
  preferred: {
    number: 5,
    name: "the preferred version of an endpoint moves back only with a roll-back event",
    assumption:
      "the process was told of the older version before it was told of the newer, and of that as " +
      "current or pending: what it first meets as previous, in a store that was rolled back before " +
      "it had read the newer one, it must take for older",
  },
  connections: {
    number: 6,
    name: "never more connections than max, and one probe",
    assumption: "",
  },
  leftovers: {
    number: 7,
    name: "an old connection gets no new work and closes once it is idle, and nothing is left or " +
      "happens after the end",
    assumption: "",
  },
  secrecy: {
    number: 8,
    name: "no value of a secret in any event, error, snapshot or inspection",
    assumption: "",
  },
  rotator: {
    number: 9,
    name: "a rotator, crashed anywhere and called again, ends with store and database agreeing, " +
      "and the app's user is never locked out",
    assumption: "nobody else changes passwords or labels meanwhile; the steps of an abandoned " +
      "rotation have ended",
  },
  activeUser: {
    number: 10,
    name: "with alternating users and with dual passwords, the current version logs in at every " +
      "moment, and the previous one until the next set step, wherever a rotation is crashed, " +
      "abandoned, or called again; the active one of alternating users is never touched",
    assumption:
      "nobody else changes passwords, or moves labels in the middle of a rotation; the steps of an " +
      "abandoned rotation have ended; a set step that is late, because it ran twice, may write the " +
      "same password again",
  },
  exactlyOnce: {
    number: 11,
    name: "an acknowledged statement ran exactly once, and no statement twice",
    assumption: "",
  },
  convergence: {
    number: 12,
    name: "when faults stop, every process is on the current version before long",
    assumption: "within ttlMs, the login budget and the replica's lag; one ttlMs more for an " +
      "endpoint that had to refuse a probe first, 1 s for a roll-back to be believed, and what is " +
      "left of the minute in which a user who was locked out is left alone",
  },
  oneSearch: {
    number: 13,
    name: "a login waits for one ladder search at most",
    assumption: "a candidate was valid and readable all the while, as in (1), and no read of the " +
      "store was without an answer",
  },
  lockout: {
    number: 14,
    name:
      "a server that locks a user out after 3 failed logins in a row locks out none because of " +
      "Rekey",
    assumption:
      "as for the numbers of (3); one process besides the rotator; no step that runs three times at " +
      "once (alternating users: each asks first whether the idle user has the new password already); " +
      "no three processes in a row that die right after a refused login; the process logs in with " +
      "the new version between two rotations, on the primary only if a set step runs twice; on a " +
      "replica: it lags less than ttlMs, and the test step does not wait for it after an abandoned " +
      "rotation of alternating users",
  },
  leftAlone: {
    number: 15,
    name: "a user who is locked out is tried at most once a minute, by one process at one host",
    assumption: "",
  },
  standstill: {
    number: 16,
    name: "no process goes round in a circle: it waits for something before long, and asks the " +
      "store less than 200 times a second",
    assumption: "",
  },
} as const satisfies Readonly<Record<string, Property>>;

/** A property that did not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly property: Property;

  constructor(property: Property, what: string) {
    super(`(${property.number}) ${property.name}: ${what}`);
    this.property = property;
  }
}
