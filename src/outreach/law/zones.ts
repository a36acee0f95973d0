// Where a lead may be: every (state, zone) that the evidence leaves plausible. Source: compliance facts 7.3.

import { normalizePhone } from "../../kernel/phone.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { isZone } from "../../kernel/zone.ts";
import type { Contact, Lead } from "../../leads/index.ts";
import areaCodes from "./data/area-codes.json" with { type: "json" };
import stateZones from "./data/state-zones.json" with { type: "json" };
import zipZones from "./data/zip-zones.json" with { type: "json" };

/**
 * What a place rests on, strongest first: a person of the team said so, the CRM names the zone, the home's ZIP, the
 * browser of a visit, the number, the state. `location` and `none` are what is left when there is nothing.
 */
export type Evidence = "owner" | "crm" | "zip" | "browser" | "area_code" | "state" | "location" | "none";

export interface Place {
  /** Two letters; absent where only the clock is known. */
  readonly state?: string;
  readonly zone: string;
  readonly evidence: Evidence;
}

export interface Places {
  /** Everywhere the lead plausibly is. Empty when no rule of ours covers it. */
  readonly places: readonly Place[];
  /** One clock fits all places. */
  readonly sure: boolean;
  /** The zone in which the lead's local times are read: the lead's own when sure, else the location's. */
  readonly clockZone: string;
  /** A country whose rules are not in our data: marketing is held, and a person asked. */
  readonly foreign?: string;
  /** There: the zone that a person or the CRM names, by which answers and what is transactional go. */
  readonly told?: Place;
}

/** What is looked at of a contact; the property a lead looks at is no evidence of where the lead is. */
export type PlaceEvidence = Pick<Contact, "timeZone" | "postalCode" | "state" | "country" | "phone">;

/** Zones that are told apart from the contact: what a person of the team set, and what a browser said lately. */
export interface ToldZones {
  readonly owner?: string;
  readonly browser?: string;
}

/** A browser's zone says where somebody is for as long as this (compliance facts 7.3). */
const BROWSER_FOR = 30 * DAY;

interface AreaCode {
  readonly code: string;
  readonly country: string;
  readonly states: readonly string[];
  readonly zones: readonly string[];
}

const AREA_CODES: ReadonlyMap<string, AreaCode> = new Map(areaCodes.rows.map((row) => [row.code, row]));
const STATE_ZONES: ReadonlyMap<string, readonly string[]> = new Map(
  stateZones.rows.map((row) => [row.state, row.zones]),
);
const STATE_NAMES: ReadonlyMap<string, string> = new Map(
  stateZones.rows.map((row) => [row.name.toUpperCase(), row.state]),
);

/** Ids that people and the CRM use for the same clock as the one our tables name. */
const SAME_CLOCK: readonly (readonly [RegExp, string])[] = [
  [/^America\/Indiana\/(Knox|Tell_City)$/, "America/Chicago"],
  [
    /^(US\/Eastern|US\/Michigan|EST5EDT|America\/(Detroit|Louisville|Indianapolis|Fort_Wayne|Indiana\/.*|Kentucky\/.*))$/,
    "America/New_York",
  ],
  [/^(US\/Central|CST6CDT|America\/(Menominee|North_Dakota\/.*))$/, "America/Chicago"],
  [/^(US\/Mountain|MST7MDT|America\/Boise|Navajo)$/, "America/Denver"],
  [/^US\/Arizona$/, "America/Phoenix"],
  [/^(US\/Pacific|PST8PDT)$/, "America/Los_Angeles"],
  [/^(US\/Alaska|America\/(Juneau|Sitka|Nome|Yakutat|Metlakatla))$/, "America/Anchorage"],
  [/^US\/Hawaii$/, "Pacific/Honolulu"],
];

const WIDEST: readonly string[] = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];

/** The representative id of a zone's clock. */
export function clockOf(zone: string): string {
  return SAME_CLOCK.find(([pattern]) => pattern.test(zone))?.[1] ?? zone;
}

/** States in which a zone's clock is kept: where someone may be of whom only the clock is known. */
export function statesIn(zone: string): readonly string[] {
  const clock = clockOf(zone);
  return stateZones.rows.filter((row) => row.zones.includes(clock)).map((row) => row.state);
}

/** A lead's clock is asked for many times in one turn; a contact that changes is another object. */
const found = new WeakMap<PlaceEvidence, { readonly of: string; readonly places: Places }>();

/** Where a lead may be at an instant. */
export function leadPlaces(
  { contact, ownZone, browserZone }: Pick<Lead, "contact" | "ownZone" | "browserZone">,
  locationZone: string,
  now: Instant,
): Places {
  const fresh = browserZone !== undefined && now - browserZone.at <= BROWSER_FOR;
  return places(contact, locationZone, {
    ...(ownZone === undefined ? {} : { owner: ownZone.zone }),
    ...(fresh ? { browser: browserZone.zone } : {}),
  });
}

/** @param locationZone the location's own zone, which decides when nothing else does */
export function places(contact: PlaceEvidence, locationZone: string, told: ToldZones = {}): Places {
  const of = `${locationZone} ${told.owner ?? ""} ${told.browser ?? ""}`;
  const known = found.get(contact);
  if (known?.of === of) return known.places;
  const places = placesOf(contact, locationZone, told);
  found.set(contact, { of, places });
  return places;
}

function placesOf(contact: PlaceEvidence, locationZone: string, told: ToldZones): Places {
  const foreign = foreignCountry(contact);
  if (foreign !== undefined) {
    const there = zoneAbroad(contact, told);
    const named = there === undefined ? {} : { told: there };
    return { places: [], sure: there !== undefined, clockZone: there?.zone ?? locationZone, foreign, ...named };
  }
  const certain = certainZone(contact, told);
  const browser = told.browser !== undefined && isZone(told.browser) ? clockOf(told.browser) : undefined;
  const known = plausible(contact, browser);
  const found = certain === undefined ? known : onClock(certain, known);
  const plain = found.length > 0 ? found : anywhere(locationZone);
  const beside = strayZone(contact);
  const all = certain !== undefined || beside === undefined ? plain : [...plain, beside];
  const clocks = new Set(all.map((place) => clockOf(place.zone)));
  const sure = clocks.size === 1;
  return { places: all, sure, clockZone: sure ? (all[0] as Place).zone : locationZone };
}

/** Abroad the CRM's zone counts where it is one of a place: "UTC" is an importer's own. */
function zoneAbroad({ timeZone }: PlaceEvidence, { owner }: ToldZones): Place | undefined {
  if (owner !== undefined && isZone(owner)) return { zone: owner, evidence: "owner" };
  const isPlace = timeZone?.includes("/") === true && !/^etc\//i.test(timeZone) && isZone(timeZone);
  return isPlace ? { zone: timeZone, evidence: "crm" } : undefined;
}

/** What settles the clock alone. */
function certainZone(
  contact: PlaceEvidence,
  { owner }: ToldZones,
): { readonly zone: string; readonly evidence: Evidence } | undefined {
  const { timeZone } = contact;
  if (owner !== undefined && isZone(owner)) return { zone: owner, evidence: "owner" };
  if (strayZone(contact) !== undefined) return undefined;
  return timeZone !== undefined && isZone(timeZone) ? { zone: timeZone, evidence: "crm" } : undefined;
}

/**
 * The CRM's zone where no state keeps it and the number, the ZIP or the state is American: "UTC", an importer's own. It
 * settles nothing, and stands beside what they leave plausible.
 */
function strayZone(contact: PlaceEvidence): Place | undefined {
  const { timeZone, phone } = contact;
  if (timeZone === undefined || !isZone(timeZone) || statesIn(timeZone).length > 0) return undefined;
  const american = (phone && normalizePhone(phone)?.startsWith("+1")) || plausible(contact, undefined).length > 0;
  return american ? { zone: timeZone, evidence: "crm" } : undefined;
}

/** Weaker evidence that disagrees is added, never discarded; where it agrees, the stronger is the more precise. */
function plausible(contact: PlaceEvidence, browser: string | undefined): Place[] {
  const found = byZip(contact.postalCode);
  // A browser knows a clock and no state: of weaker evidence it keeps the states on its clock, else it stands beside it.
  const clock = found.some((one) => clockOf(one.zone) === browser) ? undefined : browser;
  const weaker: Place[] = [];
  for (const candidates of [byAreaCode(contact.phone), byState(contact.state)]) {
    const agrees = candidates.some((one) =>
      [...found, ...weaker].some((other) => one.state === other.state && one.zone === other.zone),
    );
    if (!agrees) weaker.push(...candidates);
  }
  if (clock === undefined) return [...found, ...weaker];
  const there = weaker.filter((one) => one.zone === clock);
  if (there.length === 0) return [...found, { zone: clock, evidence: "browser" }, ...weaker];
  const states = new Set(there.map(({ state }) => state));
  return [
    ...found,
    ...there.map((one): Place => ({ ...one, evidence: "browser" })),
    ...weaker.filter(({ state }) => !states.has(state)),
  ];
}

/** A certain zone settles the clock; the laws that other evidence presumes are read on that clock. */
function onClock({ zone, evidence }: { zone: string; evidence: Evidence }, known: readonly Place[]): Place[] {
  // Where somebody's browser was says nothing once the clock is certain.
  const states = [...new Set(known.flatMap((place) => place.state ?? []))];
  const laws = states.map((state) => ({ state, zone, evidence }));
  const lives = states.some((state) => STATE_ZONES.get(state)?.includes(clockOf(zone)));
  return lives ? laws : [{ zone, evidence }, ...laws];
}

function anywhere(locationZone: string): Place[] {
  const widest: Place[] = WIDEST.map((zone) => ({ zone, evidence: "none" }));
  return WIDEST.includes(clockOf(locationZone)) ? widest : [...widest, { zone: locationZone, evidence: "location" }];
}

function byZip(postalCode: string | undefined): Place[] {
  const prefix = /^\s*(\d{3})\d{2}(-?\d{4})?\s*$/.exec(postalCode ?? "")?.[1];
  const row = prefix && zipZones.rows.find((range) => range.from <= prefix && prefix <= range.to);
  return row ? combine(row.states, row.zones, "zip") : [];
}

function byAreaCode(phone: string | undefined): Place[] {
  const row = AREA_CODES.get(areaCode(phone) ?? "");
  return row === undefined ? [] : combine(row.states, row.zones, "area_code");
}

function byState(state: string | undefined): Place[] {
  const id = stateId(state);
  return id === undefined ? [] : combine([id], STATE_ZONES.get(id) ?? [], "state");
}

function combine(states: readonly string[], zones: readonly string[], evidence: Evidence): Place[] {
  return states.flatMap((state) => {
    const own = states.length === 1 ? zones : zones.filter((zone) => STATE_ZONES.get(state)?.includes(zone));
    return own.map((zone) => ({ state, zone, evidence }));
  });
}

function stateId(state: string | undefined): string | undefined {
  const text = state?.trim().toUpperCase().replace(/\.$/, "") ?? "";
  return STATE_ZONES.has(text) ? text : STATE_NAMES.get(text);
}

/** However the number was typed. */
function areaCode(phone: string | undefined): string | undefined {
  return /^\+1(\d{3})\d{7}$/.exec((phone && normalizePhone(phone)) ?? "")?.[1];
}

const AMERICAN = /^(us|usa|u\.s\.|u\.s\.a\.|united states( of america)?|pr|vi|gu|as|mp)$/i;

function foreignCountry(contact: PlaceEvidence): string | undefined {
  const country = contact.country?.trim();
  if (country && !AMERICAN.test(country)) return country;
  if (contact.phone === undefined) return undefined;
  const phone = normalizePhone(contact.phone) ?? contact.phone.normalize("NFKC").trim();
  if (!phone.startsWith("+1")) return phone.startsWith("+") ? "abroad" : undefined;
  const row = AREA_CODES.get(areaCode(phone) ?? "");
  return row === undefined || row.country === "US" ? undefined : row.country;
}
