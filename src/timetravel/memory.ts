// A location in memory, on a clock that jumps: letters in, turns decided, messages gone, until nothing happens any more
// at an instant. What PostgreSQL and its sender do, without either; one suite holds both (store.contract.ts).

import { type Answer, LOCATION_LEAD, type Mail, type Letter as Stamped } from "../events/index.ts";
import { Defect } from "../kernel/errors.ts";
import type { Instant } from "../kernel/time.ts";
import { type Decided, decideLocation, decideTurn, type Scene } from "../turns/index.ts";
import { type AddressBook, openAddressBook } from "./addresses.ts";
import { openAgenda } from "./agenda.ts";
import { depart, leavesAt, type Provider } from "./departures.ts";
import { asksHowBusy, caseOf, isAwake, type Kept, keep, save } from "./kept.ts";

/** A letter before it has its number. */
export type Letter = Mail extends infer Kind ? (Kind extends Mail ? Omit<Kind, "seq"> : never) : never;

export interface Memory {
  /** What the location's turns are decided with from now on. */
  scene: Scene;
  /** Puts letters into a lead's mailbox, and their events into its log. It is awake at once. */
  post(lead: string, ...letters: readonly Letter[]): void;
  /** The next instant at which something happens by itself; what waits already has come at once. */
  next(): Instant | undefined;
  /** Decides and sends until nothing more happens at this instant. */
  settle(now: Instant): void;
  lead(id: string): Kept | undefined;
  leads(): readonly Kept[];
  readonly addresses: AddressBook;
}

export interface MemoryParts {
  readonly scene: Scene;
  readonly provider: Provider;
  /** Told of each turn once it is saved, in order. */
  readonly saved?: (kept: Kept, outcome: Decided) => void;
  /** Told of each message and write once it has left or was held back. */
  readonly left?: (kept: Kept, answer: Answer) => void;
  /** Told of a lead whose turn could not be decided; it is decided no more. */
  readonly failed?: (kept: Kept, error: unknown) => void;
}

const AT_ONCE: Instant = 0;
/** Turns and departures that follow each other at one instant: more is two workflows that call each other without end. */
const MOST_ROUNDS = 2_000;

export function openMemory(parts: MemoryParts): Memory {
  const { provider } = parts;
  const addresses = openAddressBook();
  const all = new Map<string, Kept>();
  const agenda = openAgenda();
  let seq = 0;

  const find = (id: string): Kept => {
    const known = all.get(id);
    if (known !== undefined) return known;
    const made = keep(id);
    all.set(id, made);
    return made;
  };

  const post = (kept: Kept, letter: Letter): void => {
    seq += 1;
    kept.mail.push({ ...letter, seq } as Mail);
    if (letter.kind === "event") kept.log.push(letter.event);
  };

  /** A word between a lead and its location. */
  const deliver = (letter: Stamped): void => {
    const to = find(letter.lead);
    if (letter.kind === "ask") post(to, { kind: "ask", at: letter.receivedAt, ask: letter.body });
    if (letter.kind === "reply") post(to, { kind: "reply", at: letter.receivedAt, reply: letter.body });
    schedule(to);
  };

  /** As `countByOwner` counts. */
  const owned = ({ shared }: Kept): Record<string, number> => {
    const given = new Set((shared?.given ?? []).map(({ lead }) => lead));
    const leads: Record<string, number> = {};
    for (const { id, lead } of all.values()) {
      const owner = lead?.deleted === true ? undefined : lead?.contact.assignedTo;
      if (owner !== undefined && !given.has(id)) leads[owner] = (leads[owner] ?? 0) + 1;
    }
    return leads;
  };

  const schedule = (kept: Kept): void => {
    const instants = [kept.mail.length > 0 ? AT_ONCE : undefined, kept.dueAt, leavesAt(kept)];
    const known = kept.parked === undefined ? instants.filter((at) => at !== undefined) : [];
    agenda.set(kept.id, known.length === 0 ? undefined : Math.min(...known));
  };

  /** All are read before the first is decided, as in one transaction. */
  const decideAll = (awake: readonly Kept[], scene: Scene): void => {
    const { location, now, book } = scene;
    const cases = awake.map((kept) =>
      caseOf(kept, {
        location,
        now,
        book,
        addresses: kept.lead === undefined ? {} : addresses.of(kept.lead.contact),
        ...(kept.id === LOCATION_LEAD && asksHowBusy(kept) ? { owned: owned(kept) } : {}),
      }),
    );
    awake.forEach((kept, index) => {
      const found = cases[index];
      if (found === undefined) return;
      try {
        const outcome = kept.id === LOCATION_LEAD ? decideLocation(found, scene) : decideTurn(found, scene);
        save(kept, outcome);
        addresses.learn(outcome.addresses);
        for (const letter of outcome.letters) deliver(letter);
        parts.saved?.(kept, outcome);
      } catch (error) {
        kept.parked = error instanceof Error ? error.message : String(error);
        kept.mail = [];
        parts.failed?.(kept, error);
      }
    });
  };

  const memory: Memory = {
    scene: parts.scene,
    addresses,
    post(lead, ...letters) {
      const kept = find(lead);
      for (const letter of letters) post(kept, letter);
      schedule(kept);
    },
    next: () => agenda.next(),
    settle(now) {
      const scene: Scene = { ...memory.scene, now };
      let busy = agenda.take(now).map(find);
      for (let round = 0; busy.length > 0; round += 1) {
        if (round > MOST_ROUNDS) throw new Defect(`${busy[0]?.id} does not come to rest at ${now}`);
        decideAll(
          busy.filter((kept) => isAwake(kept, now)),
          scene,
        );
        for (const kept of busy) {
          depart(kept, now, { scene, addresses, provider }, (answer) => {
            post(kept, { kind: "answer", at: now, answer });
            parts.left?.(kept, answer);
          });
          schedule(kept);
        }
        busy = agenda.take(now).map(find);
      }
    },
    lead: (id) => all.get(id),
    leads: () => [...all.values()],
  };
  return memory;
}
