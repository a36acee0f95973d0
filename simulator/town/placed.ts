// Lives placed by hand, so that whoever opens the demo sees each shipped trigger within its first minutes. They act by
// their script and answer messages as it says; nothing about them is drawn.

import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../../src/kernel/time.ts";
import { openAgenda } from "./agenda.ts";
import { type Listing, listingAt } from "./catalog.ts";
import type { TownAct, TownEvent, TownMessage } from "./event.ts";

export interface PlacedLife {
  readonly key: number;
  readonly firstName: string;
  readonly lastName: string;
  /** What this life is there to show. */
  readonly shows: string;
  /** Before the start of the demo, in milliseconds; negative: comes later. */
  readonly bornBefore: number;
  readonly tags?: readonly string[];
  readonly acts: readonly { readonly after: number; readonly act: TownAct }[];
  readonly answers?: {
    /** What it writes back to its first text, two minutes later. */
    readonly text?: string;
    readonly opensMail?: boolean;
    readonly answersCalls?: boolean;
  };
}

const home = (price: number): Listing => listingAt(price);
const view = (price: number): TownAct => ({ type: "viewed", home: home(price), seconds: 48 });
const visit = (page: string): TownAct => ({ type: "visited", url: `https://homes.example.com${page}`, seconds: 90 });
const says = (text: string): TownAct => ({ type: "replied", channel: "sms", message: "", text });
const form = (type: "form_started" | "form_submitted", name: string): TownAct => ({ type, form: name });
/** One act after another, `gap` apart. */
const paced = (from: number, gap: number, acts: readonly TownAct[]) =>
  acts.map((act, i) => ({ after: from + i * gap, act }));

export const PLACED: readonly PlacedLife[] = [
  {
    key: 4_901,
    firstName: "Nora",
    lastName: "Valebrook",
    shows: "three property views within a day",
    bornBefore: 3 * DAY,
    acts: paced(MINUTE, MINUTE, [visit("/search"), view(405_000), view(418_000), view(432_000)]),
    answers: { text: "Yes please, what times do you have?", opensMail: true },
  },
  {
    key: 4_902,
    firstName: "Elias",
    lastName: "Thornmere",
    shows: "a new first-time buyer, nurtured from the first minute",
    bornBefore: -2 * MINUTE,
    tags: ["First-Time Buyer"],
    acts: [
      { after: 4 * MINUTE, act: visit("/guides/first-home") },
      { after: 5 * MINUTE, act: view(298_000) },
    ],
    answers: { opensMail: true },
  },
  {
    key: 4_903,
    firstName: "Priya",
    lastName: "Lindqvale",
    shows: "buying signals: a form, a document and many views",
    bornBefore: 6 * DAY,
    acts: [
      ...paced(3 * MINUTE, MINUTE, [view(520_000), view(535_000), view(549_000), view(561_000), view(575_000)]),
      ...paced(9 * MINUTE, MINUTE, [
        form("form_started", "ask-about-home"),
        form("form_submitted", "ask-about-home"),
        { type: "downloaded", document: "buyers-guide.pdf" },
      ]),
    ],
    answers: { text: "That one looks great, can we tour it?", opensMail: true, answersCalls: true },
  },
  {
    key: 4_904,
    firstName: "Oskar",
    lastName: "Duskwater",
    shows: "seven days of silence, falling due in a few minutes",
    bornBefore: 40 * DAY,
    acts: [{ after: -7 * DAY + 20 * MINUTE, act: view(365_000) }],
  },
  {
    key: 4_905,
    firstName: "Greta",
    lastName: "Winterbourn",
    shows: "fourteen days of silence: the critical level",
    bornBefore: 60 * DAY,
    acts: [{ after: -14 * DAY + 25 * MINUTE, act: view(610_000) }],
  },
  {
    key: 4_906,
    firstName: "Ruben",
    lastName: "Harrowgate",
    shows: "comes back after more than two weeks",
    bornBefore: 80 * DAY,
    acts: [
      ...paced(-16 * DAY, MINUTE, [visit("/"), view(455_000)]),
      ...paced(6 * MINUTE, 2 * MINUTE, [visit("/"), view(449_000)]),
    ],
    answers: { opensMail: true },
  },
  {
    key: 4_907,
    firstName: "Celeste",
    lastName: "Brindley-Oaks",
    shows: "the same home three times, then a favorite",
    bornBefore: 9 * DAY,
    acts: [
      ...paced(5 * MINUTE, 7 * MINUTE, [view(389_000), view(389_000), view(389_000)]),
      { after: 20 * MINUTE, act: { type: "favorited", home: home(389_000) } },
    ],
  },
  {
    key: 4_908,
    firstName: "Mateo",
    lastName: "Salinero",
    shows: "a price band that moves up",
    bornBefore: 20 * DAY,
    acts: [
      ...paced(-3 * DAY, 2 * HOUR, [view(310_000), view(305_000), view(318_000)]),
      ...paced(10 * MINUTE, 3 * MINUTE, [view(468_000), view(492_000), view(505_000)]),
    ],
  },
  {
    key: 4_909,
    firstName: "Maeve",
    lastName: "Kestrelman",
    shows: "a form begun and abandoned",
    bornBefore: 2 * DAY,
    acts: paced(7 * MINUTE, MINUTE, [view(342_000), form("form_started", "mortgage-quote")]),
  },
  {
    key: 4_910,
    firstName: "Conrad",
    lastName: "Pallisar",
    shows: "objections",
    bornBefore: 12 * DAY,
    acts: [{ after: 4 * MINUTE, act: says("That's too expensive for us, and we already have an agent") }],
    answers: { text: "Prices are too high right now" },
  },
  {
    key: 4_911,
    firstName: "Saskia",
    lastName: "Ravensby",
    shows: "a stop, honored from that second on",
    bornBefore: -4 * MINUTE,
    acts: [
      ...paced(6 * MINUTE, MINUTE, [view(275_000), view(281_000), view(286_000)]),
      { after: 30 * MINUTE, act: says("STOP") },
    ],
    answers: { text: "STOP" },
  },
  {
    key: 4_912,
    firstName: "Jonas",
    lastName: "Arborlane",
    shows: "a reply, an answered call, an appointment",
    bornBefore: 5 * DAY,
    acts: [
      { after: 2 * MINUTE, act: says("Is the house on Heron Court still available?") },
      { after: 12 * MINUTE, act: { type: "answered", message: "" } },
      { after: 25 * MINUTE, act: { type: "booked", start: 2 * DAY } },
    ],
    answers: { text: "Sure, Saturday morning works for me", opensMail: true, answersCalls: true },
  },
];

export interface PlacedLives {
  advance(to: Instant): TownEvent[];
  receive(key: number, message: TownMessage): void;
}

/** @param start the domain instant at which the demo begins; acts before it are history */
export function openPlaced(lives: readonly PlacedLife[], start: Instant): PlacedLives {
  const agenda = openAgenda();
  const answered = new Set<number>();
  let happened: TownEvent[] = [];
  const at = (life: PlacedLife, when: Instant, purpose: string, act: TownAct) =>
    agenda.add(when, `${purpose}/${life.key}`, () => happened.push({ ...act, at: when, lead: life.key, purpose }));
  for (const life of lives) {
    life.acts.forEach(({ after, act }, i) => {
      const timed = act.type === "booked" ? { ...act, start: start + after + act.start } : act;
      at(life, start + after, `placed/${i}`, timed);
    });
  }
  return {
    advance(to) {
      agenda.runTo(to);
      const events = happened;
      happened = [];
      return events;
    },
    receive(key, message) {
      const life = lives.find((one) => one.key === key);
      if (life === undefined) return;
      const { text, opensMail, answersCalls } = life.answers ?? {};
      const { id } = message;
      if (message.channel === "call")
        at(life, message.at + SECOND, `call/${id}`, {
          type: answersCalls === true ? "answered" : "missed",
          message: id,
        });
      if (message.channel === "sms" && text !== undefined && !answered.has(key)) {
        answered.add(key);
        at(life, message.at + 2 * MINUTE, `text/${id}`, { type: "replied", channel: "sms", message: id, text });
      }
      if (message.channel === "email" && opensMail === true) {
        at(life, message.at + 3 * MINUTE, `mail/${id}`, { type: "opened", message: id, by: "person" });
        const link = message.links[0];
        if (link !== undefined)
          at(life, message.at + 4 * MINUTE, `mail/${id}/click`, { type: "clicked", message: id, by: "person", link });
      }
    },
  };
}
