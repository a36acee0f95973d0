// What may never be a feature: traits that fair-housing law protects, and what stands in for them. A feature is known by
// its name, so names are what is refused; what slips through under another name is for the proxy tests of fairness/.

interface Denial {
  /** Words or phrases, in lower case; a phrase's words stand next to each other in the name. */
  readonly terms: readonly string[];
  readonly why: string;
}

/**
 * Sources: 42 U.S.C. 3604 and 3605 (Fair Housing Act) for the protected classes; state law adds age, marital status, source of
 * income and citizenship; the rest stand in for them.
 */
const DENIALS: readonly Denial[] = [
  {
    terms: ["race", "racial", "ethnic", "ethnicity", "color", "colour", "skin"],
    why: "race and color are protected",
  },
  { terms: ["religion", "religious", "faith", "church", "mosque", "synagogue"], why: "religion is protected" },
  {
    terms: ["sex", "gender", "pronoun", "pronouns", "salutation", "orientation", "pregnant", "pregnancy"],
    why: "sex is protected",
  },
  { terms: ["disability", "disabled", "handicap", "wheelchair", "health"], why: "disability is protected" },
  {
    terms: ["family", "familial", "children", "child", "kids", "household", "marital", "married", "spouse", "divorced"],
    why: "family status is protected",
  },
  {
    terms: ["nationality", "national origin", "citizenship", "citizen", "immigration", "visa", "birthplace"],
    why: "national origin is protected",
  },
  {
    terms: ["age", "birthday", "birthdate", "birth", "born", "dob", "generation", "retired", "retirement"],
    why: "age is protected in many states",
  },
  {
    terms: ["name", "firstname", "lastname", "surname", "nickname", "initials"],
    why: "a name tells origin, sex and religion",
  },
  { terms: ["language", "locale", "accent", "translator"], why: "language stands in for national origin" },
  { terms: ["photo", "picture", "avatar", "face", "voiceprint"], why: "a picture shows what is protected" },
  {
    terms: ["income", "salary", "wage", "wages", "welfare", "voucher", "section 8", "public assistance", "employer"],
    why: "source of income is protected in many states",
  },
  {
    terms: [
      ...["address", "street", "zip", "zipcode", "postcode", "postal", "tract", "census", "county", "city", "latitude"],
      ...["longitude", "geo", "geohash", "neighborhood", "neighbourhood", "district", "school", "schools", "area code"],
    ],
    why: "where people live stands in for race and origin",
  },
  { terms: ["veteran", "military"], why: "military status is protected in several states" },
];

/** `firstName`, `first-name` and `first_name` are the same words. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

/** Why a feature of this name is refused; undefined where it is not. */
export function denied(name: string): string | undefined {
  const words = ` ${wordsOf(name).join(" ")} `;
  return DENIALS.find(({ terms }) => terms.some((term) => words.includes(` ${term} `)))?.why;
}
