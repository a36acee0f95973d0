// What may never be a feature: traits that fair-housing law protects, and what stands in for them. A feature is known by
// its name, so names are what is refused; what slips through under another name is for the proxy tests of fairness/.
// Not here, because they may be tested first: source, e-mail domain, device, time zone, and the heights of prices.

/** The day on which the list was last read against its sources. */
export const DENIED_AS_OF = "2026-11-22";

export interface Denial {
  /** Words or phrases, in lower case; a phrase's words stand next to each other in the name. A plural is the same word. */
  readonly terms: readonly string[];
  readonly why: string;
  readonly source: string;
}

const FEDERAL = "42 USC 3604, 3605 (Fair Housing Act)";
const CREDIT = "15 USC 1691 (Equal Credit Opportunity Act)";
const STATES = "state and local law; varies";
const STAND_IN = "HUD guidance of 2 May 2024 on advertising: no targeting by stand-ins of protected traits";
const NAMES = "CFPB method paper, summer 2014: surname and address predict race well enough for regulators to use it";

export const DENIALS: readonly Denial[] = [
  {
    terms: [
      ...["race", "racial", "ethnic", "ethnicity", "color", "colour", "skin", "complexion", "ancestry", "descent"],
      ...["tribe", "tribal", "caste", "caucasian", "hispanic", "latino", "latina", "latinx", "asian", "african"],
      ...["bisg", "minority", "minorities", "melanin", "hair"],
    ],
    why: "race and color are protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...["religion", "religious", "faith", "creed", "church", "mosque", "synagogue", "temple", "parish", "worship"],
      ...["christian", "catholic", "muslim", "islamic", "jewish", "hindu", "sikh", "mormon", "denomination", "sabbath"],
      ...["kosher", "halal", "hijab", "clergy"],
    ],
    why: "religion is protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...["sex", "gender", "pronoun", "salutation", "honorific", "mr", "mrs", "ms", "male", "female", "man", "woman"],
      ...["men", "women", "orientation", "lgbt", "lgbtq", "gay", "transgender", "pregnant", "pregnancy", "maiden"],
      ...["maternity", "paternity", "maternal", "paternal"],
    ],
    why: "sex is protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...[
        "disability",
        "disabled",
        "handicap",
        "handicapped",
        "wheelchair",
        "health",
        "medical",
        "illness",
        "impaired",
      ],
      ...["impairment", "blind", "deaf", "mobility", "diagnosis", "accessible", "accessibility", "service animal"],
      ...["support animal", "caregiver", "genetic"],
    ],
    why: "disability is protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...["family", "families", "familial", "children", "child", "kid", "baby", "toddler", "teenager", "household"],
      ...[
        "dependent",
        "parent",
        "custody",
        "adoption",
        "foster",
        "marital",
        "married",
        "marriage",
        "spouse",
        "husband",
      ],
      ...["wife", "partner", "fiance", "fiancee", "wedding", "divorce", "divorced", "widow", "widowed", "single"],
      ...["occupants", "daycare", "nursery"],
    ],
    why: "family status is protected",
    source: `${FEDERAL}; marital status: ${CREDIT}`,
  },
  {
    terms: [
      ...["nationality", "national origin", "origin country", "country", "citizenship", "citizen", "immigration"],
      ...["immigrant", "migrant", "foreign", "foreigner", "alien", "visa", "green card", "passport", "birthplace"],
      ...["place of birth", "ssn", "social security", "itin", "expat", "refugee"],
    ],
    why: "national origin is protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...["age", "aged", "birthday", "birthdate", "birth", "born", "dob", "yob", "generation", "millennial", "boomer"],
      ...["gen z", "gen x", "retired", "retiree", "retirement", "elderly", "senior", "years old", "adult", "youth"],
      ...["young", "old person", "graduation"],
    ],
    why: "age is protected in many states, and in credit",
    source: `${CREDIT}; ${STATES}`,
  },
  {
    terms: [
      ...["name", "firstname", "lastname", "fullname", "fname", "lname", "surname", "forename", "nickname", "initials"],
      ...["username", "middle initial", "bisg", "signature"],
    ],
    why: "a name tells origin, sex and religion",
    source: NAMES,
  },
  {
    terms: [
      ...["language", "locale", "lang", "accent", "dialect", "translator", "translation", "interpreter", "bilingual"],
      ...["mother tongue", "english", "spanish", "esl", "charset", "alphabet", "grammar", "spelling"],
    ],
    why: "language stands in for national origin",
    source: STAND_IN,
  },
  {
    terms: [
      ...["photo", "photograph", "picture", "portrait", "headshot", "selfie", "avatar", "face", "facial", "voiceprint"],
      ...["voice pitch", "profile image"],
    ],
    why: "a picture, or a voice, shows what is protected",
    source: STAND_IN,
  },
  {
    terms: [
      ...[
        "income",
        "salary",
        "wage",
        "earnings",
        "welfare",
        "voucher",
        "section 8",
        "public assistance",
        "ssi",
        "snap",
      ],
      ...["alimony", "child support", "unemployment", "pension", "employer", "employment", "occupation", "job title"],
      ...["housing assistance", "hcv"],
    ],
    why: "source of income is protected in many states, and in credit",
    source: `${CREDIT}; ${STATES}`,
  },
  {
    terms: [
      ...[
        "address",
        "street",
        "zip",
        "zipcode",
        "postcode",
        "postalcode",
        "postal",
        "tract",
        "census",
        "fips",
        "county",
      ],
      ...[
        "city",
        "town",
        "village",
        "suburb",
        "borough",
        "latitude",
        "longitude",
        "lat",
        "lng",
        "lon",
        "geo",
        "geohash",
      ],
      ...["geocode", "coordinates", "neighborhood", "neighbourhood", "district", "precinct", "school", "area code"],
      ...["dialing code", "block group", "redline", "redlined", "ip", "ip address", "walk score"],
    ],
    why: "where people live stands in for race and origin",
    source: STAND_IN,
  },
  {
    terms: ["veteran", "military", "army", "deployment", "discharge"],
    why: "military status is protected in several states",
    source: STATES,
  },
  {
    terms: ["arrest", "conviction", "convicted", "criminal", "felony", "eviction", "incarcerated", "police"],
    why: "records of arrest and eviction stand in for race, and are protected in several places",
    source: STATES,
  },
];

/** `firstName`, `first-name`, `FIRSTName` and `first_name` are the same words; so are `zip5` and `zip_5`. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .replace(/([a-zA-Z])(\d)/g, "$1 $2")
    .replace(/(\d)([a-zA-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

/** Terms of so many letters are found within a longer word, too: `maritalstatus`, `homezipcode`. */
const UNMISTAKABLE = 6;

/** Why a feature of this name is refused; undefined where it is not. */
export function denied(name: string): string | undefined {
  const words = wordsOf(name);
  const phrase = ` ${words.join(" ")} `;
  const has = (term: string): boolean =>
    phrase.includes(` ${term} `) ||
    phrase.includes(` ${term}s `) ||
    (term.length >= UNMISTAKABLE && words.some((word) => word.includes(term)));
  return DENIALS.find(({ terms }) => terms.some(has))?.why;
}
