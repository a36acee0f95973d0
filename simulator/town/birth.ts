// A lead at birth: what drives it, never shown, and what the CRM gets to see.

import type { Instant } from "../../src/kernel/time.ts";
import { type Chance, chanceOf } from "../chance.ts";
import { ELSEWHERE, emailOf, FIRST_NAMES, LAST_NAMES, phoneOf } from "./catalog.ts";
import { CALM, type Climate } from "./climate.ts";
import { chosen, type LeadType, logistic, RHYTHMS, SOURCES, type Source, shares, TYPES } from "./parameters.ts";
import { weekOf } from "./rhythm.ts";
import { GROUP_SHARE, type Zip, zipOf } from "./zips.ts";

/** The latents. Only tests and evaluation may read them. */
export interface Truth {
  readonly intent: number;
  readonly buyer: boolean;
  /** Days from birth until ready. */
  readonly timeline: number;
  readonly appetite: number;
  readonly persuasion: number;
  readonly tolerance: number;
  readonly lnBudget: number;
  readonly viewingWidth: number;
  readonly liking: Readonly<Record<"email" | "sms" | "call" | "whatsapp", number>>;
  readonly apple: boolean;
  readonly scanner: boolean;
  readonly badPhone: boolean;
  readonly badEmail: boolean;
  /** Minutes after birth at which somebody else would have answered. */
  readonly lostAfter: number;
  /** What an agent sees in the first message; it decides how fast the answer comes, and nothing else. */
  readonly look: number;
  /** Group G: independent of all that drives a lead, told by where it lives and what it is called. */
  readonly group: boolean;
  /** Of group G in its postal code. */
  readonly zipShare: number;
  /** What a reader of names would make of its name: N(1.9, 1) in group G, N(0, 1) outside. */
  readonly nameScore: number;
  readonly week: Float64Array;
}

interface Profile {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string;
  readonly city: string;
  readonly postalCode: string;
  readonly state: string;
  /** Where the lead lives; `knownZone` tells whether the CRM knows. */
  readonly zone: string;
  readonly knownZone: boolean;
  readonly budget: number | undefined;
  readonly statedDays: number | undefined;
  readonly showsType: boolean;
  readonly showsSource: boolean;
  readonly prefersWhatsApp: boolean;
}

export interface Lead {
  /** Its own number, never its place in a list. */
  readonly key: number;
  readonly born: Instant;
  readonly source: Source;
  readonly type: LeadType;
  readonly chance: Chance;
  readonly truth: Truth;
  readonly profile: Profile;
}

const TYPE_SHARES = shares(TYPES);

/** @param climate of the day it comes */
export function birth(seed: number, key: number, born: Instant, zone: string, climate: Climate = CALM): Lead {
  const chance = chanceOf(seed, key);
  const source = chosen(climate.sources, chance.u("trait/source"));
  const type = chosen(TYPE_SHARES, chance.u("trait/type"));
  const isGroup = chance.u("trait/group") < GROUP_SHARE;
  const zip = zipOf(isGroup, chance.u("trait/zip"));
  const truth = truthOf(chance, source, type, { isGroup, zip, climate });
  return { key, born, source, type, chance, truth, profile: profileOf(chance, key, zone, type, { truth, zip }) };
}

interface Surroundings {
  readonly isGroup: boolean;
  readonly zip: Zip;
  readonly climate: Climate;
}

function truthOf(chance: Chance, source: Source, type: LeadType, { isGroup, zip, climate }: Surroundings): Truth {
  const from = SOURCES[source];
  const z = from.intent + chance.normal("trait/intent");
  const buyer = chance.u("trait/buyer") < logistic(-0.85 + 0.9 * z);
  const shared = chance.normal("trait/channels");
  const liking = (channel: string) => 0.8 * shared + 0.6 * chance.normal(`trait/channel/${channel}`);
  // Beta(2, 5): the second smallest of six uniform numbers
  const sensitivity = [0, 1, 2, 3, 4, 5].map((i) => chance.u("trait/price", i)).sort((a, b) => a - b)[1] ?? 0.3;
  const competitor = chance.u("trait/competitor") / from.compete;
  return {
    intent: z,
    buyer,
    timeline: Math.exp(Math.log(200) - 0.35 * z + 0.95 * chance.normal("trait/timeline")),
    appetite: -2.05 + climate.appetite + 0.3 * z + 0.9 * chance.normal("trait/appetite"),
    persuasion: chance.u("trait/dog") < 0.08 ? -0.5 : chance.gamma("trait/persuasion", 2.5, 1),
    tolerance: Math.exp(0.5 * chance.normal("trait/tolerance")),
    lnBudget:
      Math.log(TYPES[type].budget) +
      TYPES[type].spread * chance.normal("trait/budget") -
      0.35 * (zip.share - GROUP_SHARE),
    viewingWidth: 0.1 + 0.25 * (1 - sensitivity),
    liking: { email: liking("email"), sms: liking("sms"), call: liking("call"), whatsapp: liking("whatsapp") },
    apple: chance.u("trait/apple") < climate.apple,
    scanner: chance.u("trait/scanner") < 0.06,
    badPhone: chance.u("trait/badPhone") < from.badPhone,
    badEmail: chance.u("trait/badEmail") < from.badEmail,
    lostAfter: competitor < 1 ? -240 * Math.log(1 - competitor) : Number.POSITIVE_INFINITY,
    look: 0.5 * z + chance.normal("trait/look"),
    group: isGroup,
    zipShare: zip.share,
    nameScore: (isGroup ? 1.9 : 0) + chance.normal("trait/name"),
    week: weekOf(chosen(RHYTHMS, chance.u("trait/rhythm")), chance),
  };
}

function profileOf(
  chance: Chance,
  key: number,
  zone: string,
  type: LeadType,
  { truth, zip }: { truth: Truth; zip: Zip },
): Profile {
  const firstName = chance.pick("profile/first", FIRST_NAMES);
  const lastName = chance.pick("profile/last", LAST_NAMES);
  const away = chance.u("profile/away") < 0.04 ? chance.pick("profile/where", ELSEWHERE) : undefined;
  const stated = truth.buyer ? Math.log(truth.timeline) : Math.log(350) + chance.normal("profile/dream");
  return {
    firstName,
    lastName,
    email: emailOf(firstName, lastName, key),
    phone: phoneOf(key, away?.code),
    city: zip.city,
    postalCode: zip.code,
    state: away?.state ?? "TX",
    zone: away?.zone ?? zone,
    knownZone: chance.u("profile/knownZone") >= 0.08,
    budget: chance.u("profile/hasBudget") < 0.35 ? undefined : Math.round(Math.exp(truth.lnBudget) / 5_000) * 5_000,
    statedDays:
      chance.u("profile/hasTime") < 0.45
        ? Math.round(Math.exp(stated + 0.9 * chance.normal("profile/stated")))
        : undefined,
    showsType: type !== "repeat" && chance.u("profile/hasType") >= 0.25,
    showsSource: chance.u("profile/hasSource") >= 0.06,
    prefersWhatsApp: chance.u("profile/whatsapp") < 0.2,
  };
}
