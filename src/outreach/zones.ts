// Where a lead may be: every (state, zone) that the evidence leaves plausible. Source: compliance facts 7.3.

import { isZone } from "../kernel/zone.ts";
import type { Contact } from "../leads/index.ts";
import areaCodes from "./data/area-codes.json" with { type: "json" };
import stateZones from "./data/state-zones.json" with { type: "json" };
import zipZones from "./data/zip-zones.json" with { type: "json" };

/** What a place rests on, strongest first; `location` and `none` are what is left when there is nothing. */
export type Evidence = "crm" | "zip" | "area_code" | "state" | "location" | "none";

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
  /** A country whose rules are not in our data: hold and ask. */
  readonly foreign?: string;
}

/** What is looked at of a contact; the property a lead looks at is no evidence of where the lead is. */
export type PlaceEvidence = Pick<Contact, "timeZone" | "postalCode" | "state" | "country" | "phone">;

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
    /^(US\/Eastern|US\/Michigan|America\/(Detroit|Louisville|Indianapolis|Fort_Wayne|Indiana\/.*|Kentucky\/.*))$/,
    "America/New_York",
  ],
  [/^(US\/Central|America\/(Menominee|North_Dakota\/.*))$/, "America/Chicago"],
  [/^(US\/Mountain|America\/Boise|Navajo)$/, "America/Denver"],
  [/^US\/Arizona$/, "America/Phoenix"],
  [/^US\/Pacific$/, "America/Los_Angeles"],
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

/** @param locationZone the location's own zone, which decides when nothing else does */
export function places(contact: PlaceEvidence, locationZone: string): Places {
  const known = found.get(contact);
  if (known?.of === locationZone) return known.places;
  const places = placesOf(contact, locationZone);
  found.set(contact, { of: locationZone, places });
  return places;
}

function placesOf(contact: PlaceEvidence, locationZone: string): Places {
  const foreign = foreignCountry(contact);
  const certain = contact.timeZone !== undefined && isZone(contact.timeZone) ? contact.timeZone : undefined;
  if (foreign !== undefined) {
    return { places: [], sure: certain !== undefined, clockZone: certain ?? locationZone, foreign };
  }
  const known = plausible(contact);
  const found = certain === undefined ? known : onClock(certain, known);
  const all = found.length > 0 ? found : anywhere(locationZone);
  const clocks = new Set(all.map((place) => clockOf(place.zone)));
  const sure = clocks.size === 1;
  return { places: all, sure, clockZone: sure ? (all[0] as Place).zone : locationZone };
}

/** Weaker evidence that disagrees is added, never discarded; where it agrees, the stronger is the more precise. */
function plausible(contact: PlaceEvidence): Place[] {
  const found: Place[] = [];
  for (const candidates of [byZip(contact.postalCode), byAreaCode(contact.phone), byState(contact.state)]) {
    const agrees = candidates.some((one) =>
      found.some((other) => one.state === other.state && one.zone === other.zone),
    );
    if (!agrees) found.push(...candidates);
  }
  return found;
}

/** A certain zone settles the clock; the laws that other evidence presumes are read on that clock. */
function onClock(zone: string, known: readonly Place[]): Place[] {
  const states = [...new Set(known.map((place) => place.state as string))];
  const laws = states.map((state) => ({ state, zone, evidence: "crm" as const }));
  const lives = states.some((state) => STATE_ZONES.get(state)?.includes(clockOf(zone)));
  return lives ? laws : [{ zone, evidence: "crm" }, ...laws];
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

function areaCode(phone: string | undefined): string | undefined {
  return /^\+1(\d{3})\d{7}$/.exec(phone ?? "")?.[1];
}

const AMERICAN = /^(us|usa|u\.s\.|u\.s\.a\.|united states( of america)?|pr|vi|gu|as|mp)$/i;

function foreignCountry(contact: PlaceEvidence): string | undefined {
  const country = contact.country?.trim();
  if (country && !AMERICAN.test(country)) return country;
  const phone = contact.phone;
  if (phone === undefined) return undefined;
  if (!phone.startsWith("+1")) return phone.startsWith("+") ? "abroad" : undefined;
  const row = AREA_CODES.get(areaCode(phone) ?? "");
  return row === undefined || row.country === "US" ? undefined : row.country;
}
