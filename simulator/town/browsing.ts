// Visits to the team's site: drawn for each day, placed by the lead's own hours, in bursts; in each, homes are looked at.

import { DAY, type Instant, SECOND } from "../../src/kernel/time.ts";
import type { Chance, Draws } from "../chance.ts";
import type { Agenda } from "./agenda.ts";
import type { Lead } from "./birth.ts";
import { type Listing, listingAt, PAGES } from "./catalog.ts";
import type { TownEvent } from "./event.ts";
import { SEASON } from "./parameters.ts";
import { type LocalDay, timeIn, weekdayShares } from "./rhythm.ts";

/** What a visitor is at the moment. */
export interface Visitor {
  readonly lead: Lead;
  readonly agenda: Agenda;
  chance(): Chance;
  /** How many visits a day has, by the day's name. */
  visits(): Draws;
  awake(): boolean;
  bought(): boolean;
  readiness(at: Instant): number;
  excitement(at: Instant): number;
  excite(at: Instant, by: number): void;
  lnBudget(): number;
  emit(event: TownEvent): void;
}

export interface Browsing {
  /** A day begins: its visits, from `at` on. */
  plan(at: Instant, day: LocalDay, readiness: number): void;
  visit(at: Instant, name: string): void;
  /** Bursts: a visit, or a good message, brings another visit within days. */
  beget(at: Instant, name: string, branching: number): void;
}

const MOST_VISITS_A_DAY = 6;
/** Visits of a day that raise excitement. */
const MOST_EXCITING = 4;

export function openBrowsing(of: Visitor): Browsing {
  const { lead, agenda } = of;
  const { key, truth } = lead;
  const { zone } = lead.profile;
  const weekdays = weekdayShares(truth.week);
  const seen: Listing[] = [];
  let visitsToday = 0;

  const later = (event: TownEvent) => agenda.add(event.at, event.purpose, () => of.emit(event));

  function plan(at: Instant, day: LocalDay, r: number) {
    const season = (SEASON[day.month] ?? 1) * (weekdays[day.weekday] ?? 1);
    const mean = of.bought()
      ? 0.01
      : Math.exp(truth.appetite + 1.25 * r) * (of.awake() ? 1 : 0.03) * season + 0.1 * of.excitement(at);
    visitsToday = 0;
    const count = Math.min(MOST_VISITS_A_DAY, of.visits().under(day.name).poisson(mean));
    for (let i = 0; i < count; i += 1) {
      const name = `visit/${day.name}/${i}`;
      const draws = of.chance().of(name);
      const when = timeIn(day, zone, truth.week, draws.u(0), draws.u(1));
      if (when >= at) agenda.add(when, name, () => visit(when, name));
    }
  }

  function visit(at: Instant, name: string) {
    visitsToday += 1;
    const r = of.readiness(at);
    const draws = of.chance().of(name);
    const views = 1 + draws.under("/views").poisson(2.6 * draws.under("/length").gamma(1.2, 1));
    of.emit({
      type: "visited",
      url: `https://homes.example.com${draws.under("/page").pick(PAGES)}`,
      seconds: 20 + Math.floor(40 * views * draws.under("/stay").u()),
      at,
      lead: key,
      purpose: name,
    });
    const looks = draws.under("/view/");
    let time = at;
    for (let n = 0; n < views; n += 1) time = view(time, `${name}/view/${n}`, looks.under(String(n)), r);
    if (visitsToday <= MOST_EXCITING) of.excite(at, 0.22);
    bring(at, `${name}/child`, draws.under("/child"), 0.06);
  }

  /** @returns when the next view begins */
  function view(at: Instant, name: string, draws: Draws, r: number): Instant {
    const seconds = 8 + Math.floor(draws.exponential(1) * 45);
    const time = at + 5 * SECOND;
    const again = seen.length > 0 && draws.u(2) < 0.1 + 0.16 * r;
    const home = again
      ? draws.under("/again").pick(seen)
      : listingAt(Math.exp(of.lnBudget() + truth.viewingWidth * draws.under("/price").normal()));
    seen.push(home);
    later({ type: "viewed", home, seconds, at: time, lead: key, purpose: name });
    if (draws.u(3) < 0.03 + 0.05 * r)
      later({ type: "favorited", home, at: time + 4 * SECOND, lead: key, purpose: `${name}/favorite` });
    if (draws.u(4) < 0.004 + 0.02 * r) {
      later({
        type: "form_started",
        form: "ask-about-home",
        at: time + 6 * SECOND,
        lead: key,
        purpose: `${name}/form`,
      });
      if (draws.u(5) >= 0.45)
        later({
          type: "form_submitted",
          form: "ask-about-home",
          at: time + 70 * SECOND,
          lead: key,
          purpose: `${name}/form/sent`,
        });
    }
    if (draws.u(6) < 0.003 + 0.01 * r)
      later({
        type: "downloaded",
        document: "buyers-guide.pdf",
        at: time + 9 * SECOND,
        lead: key,
        purpose: `${name}/document`,
      });
    return time + seconds * SECOND;
  }

  function bring(at: Instant, name: string, draws: Draws, branching: number) {
    if (of.bought() || draws.u() >= branching) return;
    const when = at + Math.floor(draws.under("/after").exponential() * 3 * DAY);
    agenda.add(when, name, () => visit(when, name));
  }
  const beget = (at: Instant, name: string, branching: number) =>
    bring(at, `${name}/child`, of.chance().of(`${name}/child`), branching);

  return { plan, visit, beget };
}
