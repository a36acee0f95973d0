// Fixed lists, under the town's version: invented names and streets, listings, numbers of the fictional range.

import { bits } from "../chance.ts";

export const FIRST_NAMES = [
  "Nora",
  "Elias",
  "Marlo",
  "Ines",
  "Teodor",
  "Priya",
  "Caleb",
  "Junia",
  "Oskar",
  "Lena",
  "Amara",
  "Felix",
  "Rosalind",
  "Dario",
  "Maeve",
  "Tobias",
  "Celeste",
  "Ruben",
  "Anouk",
  "Silas",
  "Zora",
  "Hugo",
  "Petra",
  "Malik",
  "Greta",
  "Ivo",
  "Selma",
  "Rafael",
  "Wren",
  "Jonas",
  "Camila",
  "Bram",
  "Odette",
  "Kenji",
  "Liv",
  "Mateo",
  "Saskia",
  "Arlo",
  "Yara",
  "Conrad",
  "Bea",
  "Nadir",
  "Elspeth",
  "Timo",
  "Vera",
  "Dorian",
  "Ottilie",
  "Lucian",
  "Marisol",
  "Emeka",
  "Tamsin",
  "Anders",
  "Noor",
  "Quentin",
  "Imani",
  "Soren",
  "Beatriz",
  "Ravi",
  "Clementine",
  "Idris",
  "Paloma",
  "Ewan",
  "Thalia",
  "Kofi",
  "Linnea",
  "Andre",
  "Mirela",
  "Jasper",
  "Aiko",
  "Desmond",
  "Freya",
  "Omar",
  "Cosima",
  "Leif",
  "Nadia",
  "Percy",
  "Solveig",
  "Tarek",
  "Winona",
  "Emil",
  "Halima",
  "Lorcan",
  "Rosa",
  "Stellan",
  "Uma",
  "Viggo",
  "Zadie",
  "Amos",
  "Brielle",
  "Cyrus",
  "Delphine",
  "Ezra",
] as const;

export const LAST_NAMES = [
  "Valebrook",
  "Ashgrove",
  "Pemberlin",
  "Quillby",
  "Thornmere",
  "Castowe",
  "Marwick-Lee",
  "Odebrand",
  "Fenwright",
  "Salinero",
  "Harrowgate",
  "Brindley-Oaks",
  "Tamsworth",
  "Lindqvale",
  "Okonjiro",
  "Rosenfeldt",
  "Vantongre",
  "Arborlane",
  "Duskwater",
  "Meridew",
  "Pallisar",
  "Greyholt",
  "Winterbourn",
  "Caspianov",
  "Stillmarch",
  "Hollowell",
  "Ravensby",
  "Torrecillas",
  "Yelverton",
  "Branthwick",
  "Kestrelman",
  "Osgoodby",
  "Alderwick",
  "Birchmore",
  "Calloran",
  "Dunmeadow",
  "Eastergale",
  "Farnshaw",
  "Glenhaven",
  "Hartwhistle",
  "Inglemoor",
  "Jessamy-Holt",
  "Kilbrannan",
  "Larkwell",
  "Moorecroft",
  "Nettlefold",
  "Oakhurstin",
  "Penrosely",
  "Quarrington",
  "Redmayle",
  "Sablecrest",
  "Thistlewood",
  "Underbrook",
  "Vermeulin",
  "Wexcombe",
  "Yarrowdale",
  "Zellweck",
  "Abernauth",
  "Bellefontane",
  "Corrigane",
  "Delacroft",
  "Elderfield",
  "Fontanelli",
  "Garrowby",
  "Hollisworth",
  "Ivernette",
  "Juarezmont",
  "Kovalenka",
  "Lumbardi",
  "Mendozara",
  "Nakamori-Vale",
  "Olufsen-Bray",
  "Petrovale",
  "Quintarro",
  "Rasmundsen",
  "Santorelle",
  "Tolliverne",
  "Ulvestone",
  "Villanera",
  "Wintersea",
  "Ximenade",
  "Youngblade",
  "Zimbalove",
  "Amberleigh",
  "Blackthorpe",
  "Crestwater",
  "Dovecotte",
  "Everspring",
  "Flintlock-May",
  "Goldsworthe",
  "Highmoor",
  "Ironwell",
  "Jadewick",
  "Knollcrest",
  "Loamfield",
  "Mistral-Boone",
  "Northgale",
  "Orchardson",
  "Pinehollow",
  "Ravenscar",
  "Silverbrook",
  "Tidewell",
] as const;

const STREETS = [
  "Juniper Bend",
  "Old Quarry Road",
  "Lantern Lane",
  "Heron Court",
  "Millstone Way",
  "Cedar Hollow",
  "Sparrow Hill",
  "Copper Ridge",
  "Willow Fork",
  "Foxglove Terrace",
  "Stonecrop Drive",
  "Harvest Moon Circle",
  "Bluestem Trail",
  "Orchard Gate",
  "Whistler Pass",
  "Saddleback Row",
] as const;

export const CITIES = [
  "Austin",
  "Austin",
  "Round Rock",
  "Cedar Park",
  "Georgetown",
  "Pflugerville",
  "Lakeway",
  "Kyle",
] as const;

/** Area codes of Central time, so that a number says the zone its owner is in. */
const CENTRAL = [
  512, 737, 214, 469, 972, 713, 281, 832, 346, 210, 726, 254, 325, 361, 409, 430, 682, 817, 903, 936, 940, 956, 979,
  830, 806, 312, 773, 872, 314, 636, 615, 629, 901, 504, 985, 225, 318, 337, 205, 251, 256, 334, 501, 479, 402, 531,
  405, 539, 580, 918, 414, 262, 608, 612, 651, 763, 952, 218, 320, 507, 319, 515, 563, 641, 712, 316, 620, 785, 816,
  417, 573, 660, 601, 662, 769, 224, 331, 630, 708, 815, 847, 309, 217, 618,
] as const;

/** Where the few live who moved away: a code, its zone, its state. */
export const ELSEWHERE = [
  { code: 212, zone: "America/New_York", state: "NY" },
  { code: 404, zone: "America/New_York", state: "GA" },
  { code: 617, zone: "America/New_York", state: "MA" },
  { code: 303, zone: "America/Denver", state: "CO" },
  { code: 801, zone: "America/Denver", state: "UT" },
  { code: 310, zone: "America/Los_Angeles", state: "CA" },
  { code: 206, zone: "America/Los_Angeles", state: "WA" },
  { code: 602, zone: "America/Phoenix", state: "AZ" },
] as const;

/** Numbers below 5,000 each have a phone of their own; so do the arrivals of a month, at up to 150 a day. */
export function phoneOf(lead: number, code?: number): string {
  const slots = CENTRAL.length * 100;
  const slot = lead < 5_000 ? lead : 5_000 + ((Math.floor(lead / 4096) * 151 + (lead % 4096)) % (slots - 5_000));
  const area = code ?? CENTRAL[Math.floor(slot / 100)] ?? CENTRAL[0];
  return `+1${area}55501${String(slot % 100).padStart(2, "0")}`;
}

const DOMAINS = ["example.com", "example.org", "example.net"] as const;

export function emailOf(first: string, last: string, lead: number): string {
  const domain = DOMAINS[lead % DOMAINS.length] ?? DOMAINS[0];
  return `${first}.${last}.${lead}@${domain}`.toLowerCase().replaceAll(" ", "");
}

export interface Listing {
  readonly id: string;
  readonly price: number;
  readonly address: string;
  readonly city: string;
  readonly beds: number;
  readonly url: string;
}

const LISTINGS = 2_000;
const LOWEST = Math.log(120_000);
const HIGHEST = Math.log(4_000_000);

const listings: (Listing | undefined)[] = new Array(LISTINGS);

/** The homes for sale, cheapest first, evenly spread over the logarithm of the price; each is made once. */
function listing(index: number): Listing {
  const i = Math.max(0, Math.min(LISTINGS - 1, Math.round(index)));
  const known = listings[i] ?? made(i);
  listings[i] = known;
  return known;
}

function made(i: number): Listing {
  const price = Math.round(Math.exp(LOWEST + (i / LISTINGS) * (HIGHEST - LOWEST)) / 1_000) * 1_000;
  const at = <T>(list: readonly T[], purpose: string) => list[bits(7, i, purpose) % list.length] as T;
  const id = `home-${String(i).padStart(4, "0")}`;
  return {
    id,
    price,
    address: `${100 + (bits(7, i, "number") % 9_800)} ${at(STREETS, "street")}`,
    city: at(CITIES, "city"),
    beds: 2 + (bits(7, i, "beds") % 4),
    url: `https://homes.example.com/listings/${id}`,
  };
}

export const listingAt = (price: number) => listing(((Math.log(price) - LOWEST) / (HIGHEST - LOWEST)) * LISTINGS);

export const PAGES = [
  "/",
  "/search",
  "/neighborhoods",
  "/mortgage-calculator",
  "/guides/first-home",
  "/open-houses",
] as const;

export type ReplyKind =
  | "yes"
  | "question"
  | "not_now"
  | "price"
  | "agent"
  | "timing"
  | "wrong_person"
  | "bought"
  | "stop";

export const REPLIES: Readonly<Record<ReplyKind, readonly string[]>> = {
  yes: [
    "Yes, I'd like to see it. When?",
    "Sure, Saturday morning works for me",
    "Yes please, what times do you have?",
    "That one looks great, can we tour it?",
  ],
  question: [
    "Is it still available?",
    "What are the HOA fees?",
    "How old is the roof?",
    "Does it have a garage?",
    "Which schools are near?",
  ],
  not_now: [
    "Not right now, maybe in the spring",
    "We're still saving, check back later",
    "Just looking for now thanks",
  ],
  price: ["That's too expensive for us", "Way over our budget", "Prices are too high right now"],
  agent: ["We already have an agent", "I'm working with another realtor"],
  timing: ["We're not ready yet", "Lease runs until next summer"],
  wrong_person: ["Wrong number", "Who is this? You have the wrong person"],
  bought: ["We already bought a place", "Thanks but we closed on a house last month"],
  stop: [
    "STOP",
    "Stop",
    "stop",
    "UNSUBSCRIBE",
    "stop.",
    "Please stop texting me",
    "cancel",
    "END",
    "quit",
    "remove me",
  ],
};
