// Words about people, where an advertisement of housing may speak of the property alone: data, under a date. 42 USC
// 3604(c) forbids any statement that prefers or limits by a protected class; context decides, and this list does not.
//
// Not in it, because HUD's memorandum of 1995-01-09 calls it harmless: family room, mother-in-law suite, master bedroom,
// quiet street, walking distance to a bus stop, walk-in closet, view, wheelchair ramp, accessible, no smoking, a kosher or
// chapel amenity, housing for older persons that qualifies as such.

/** The day on which the list was last read against its sources. */
export const WORDS_AS_OF = "2026-11-22";

export const WORD_SOURCES = {
  statute: "42 USC 3604(c); 24 CFR 100.75",
  /** Withdrawn 1996-05-01, still what the trade goes by. */
  trade: "24 CFR 109.20 (withdrawn 1996-05-01); HUD memorandum of 1995-01-09",
  /** Answering what kind of people live somewhere steers, whoever asks: 24 CFR 100.70(c). */
  steering: "24 CFR 100.70(c); the trade's rule to point to public sources and not to judge",
  states: "source of income is protected by many states and cities, not by the federal statute",
} as const;

export interface WordEntry {
  /** `forbidden` states a preference by itself; `review` depends on what stands around it. */
  readonly tier: "forbidden" | "review";
  readonly about: string;
  readonly source: keyof typeof WORD_SOURCES;
  /** Regular expressions over lower-case words; a space stands for any white space or hyphen. */
  readonly phrases: readonly string[];
}

const PLACE = "(?:areas?|neighbou?rhoods?|communit(?:y|ies)|enclaves?|streets?|towns?|suburbs?|blocks?|buildings?)";
const PEOPLE = "(?:famil(?:y|ies)|people|owners?|buyers?|tenants?|residents?|neighbou?rs?|home ?owners?|renters?)";
const FAITH = "(?:christians?|catholics?|protestants?|jewish|muslims?|mormons?|hindus?|buddhists?|sikhs?)";
const ORIGIN =
  "(?:hispanics?|latin[oax]s?|mexicans?|puerto rican|asians?|chinese|koreans?|vietnamese|filipinos?|african american|arabs?|americans? only|polish|irish|italian|native american)";
/** A hall, a paper, a chamber of commerce: somebody's name, and no statement about who lives there. */
const NO_NAME = "(?! (?:cent(?:er|re)|college|church|hospital|garden|theat(?:er|re)|restaurants?))";
const NEAR =
  "(?:near|close|next|walk(?:ing)?(?: distance)?|steps|minutes?|blocks?|around the corner|across)(?: (?:by|to|from))?";
const NO_STREET = "(?! (?:st|street|rd|road|ave|avenue|ln|lane|hill|way|dr|drive|square|falls|creek))";

export const WORDS: readonly WordEntry[] = [
  {
    tier: "forbidden",
    about: "familial status",
    source: "statute",
    phrases: [
      "no (?:kids|children)",
      "adults? only",
      "singles? only",
      "(?:couples|retirees) only",
      "child free (?:building|community|home)",
      "solo adultos",
      "sin niños",
    ],
  },
  {
    tier: "forbidden",
    about: "religion",
    source: "trade",
    phrases: [`${FAITH} (?:homes?|${PEOPLE}|${PLACE})${NO_NAME}`, `${FAITH} only`, `no ${FAITH}`],
  },
  {
    tier: "forbidden",
    about: "race, color or national origin",
    source: "trade",
    phrases: [
      `${ORIGIN} (?:${PEOPLE}|${PLACE}|residences?)${NO_NAME}`,
      `(?:all )?(?:white|black|colou?red) (?:${PEOPLE}|areas?|neighbou?rhoods?|communit(?:y|ies))`,
      "(?:whites?|caucasians?|citizens|americans) only",
      "no (?:immigrants|foreigners)",
      "english speak(?:ers|ing) only",
      "must speak english",
    ],
  },
  {
    tier: "forbidden",
    about: "sex",
    source: "statute",
    phrases: ["(?:males?|females?|men|women|ladies|gentlemen|girls|boys) only"],
  },
  {
    tier: "forbidden",
    about: "disability",
    source: "statute",
    phrases: [
      "no wheelchairs?",
      "able bodied",
      "no (?:disabled|handicapped)",
      "not (?:suitable )?for (?:the )?(?:disabled|handicapped)",
    ],
  },
  {
    tier: "forbidden",
    about: "source of income",
    source: "states",
    phrases: ["no section 8", "no (?:housing )?vouchers"],
  },
  {
    tier: "review",
    about: "safety, which says who lives there and not what is sold",
    source: "steering",
    phrases: [
      `(?:safe|safer|safest|secure|crime free|low crime) (?:and \\w+ )?(?:${PLACE}|places? to live)`,
      "low crime",
      "crime free",
      `(?:bad|rough|sketchy|dangerous) (?:${PLACE})`,
      "(?:vecindario|barrio) seguro",
    ],
  },
  {
    tier: "review",
    about: "schools, which are judged by public sources and not by us",
    source: "steering",
    phrases: [
      "(?:good|great|best|better|top|excellent|top rated|highly rated|award winning|desirable|blue ribbon) (?:public |elementary |local )?(?:schools?|school districts?)",
      "buenas escuelas",
    ],
  },
  {
    tier: "review",
    about: "who should live there (familial status, age)",
    source: "trade",
    phrases: [
      "(?:family|kid|child) friendly",
      "(?:perfect|ideal|great|suited|suitable|wonderful) for (?:a |an |your |the |any )?(?:young |growing |large |small |active )*(?:famil(?:y|ies)|couples?|kids|children|singles?|bachelors?|newlyweds|retirees|empty nesters?|seniors|professionals)",
      "(?:young|active) (?:professionals|couples|families)",
      "empty nesters?",
      "newlyweds?",
      "bachelor(?:ette)? pad",
      "mature (?:adults?|persons?|people|couples?|individuals?|residents?|tenants?)",
      "adult (?:buildings?|communit(?:y|ies)|living)",
    ],
  },
  {
    tier: "review",
    about: "a place of worship as a landmark",
    source: "trade",
    phrases: [
      `${NEAR} (?:the |a |an |our |your |several |many |local )*(?:church(?:es)?|synagogues?|mosques?|parish(?:es)?|cathedrals?|shuls?|gurdwaras?)${NO_STREET}`,
      `${NEAR} (?:the|a|our|your|several|many|local) temples?${NO_STREET}`,
    ],
  },
  {
    tier: "review",
    about: "a place described by whom it keeps out or lets in",
    source: "trade",
    phrases: [
      `(?:exclusive|restricted|integrated|traditional|private|elite|prestigious) (?:${PLACE})`,
      "(?:people|folks|neighbou?rs|families|buyers) like (?:you|us)",
      "your kind of (?:people|neighbou?rs)",
      "(?:changing|up and coming|transitional|diverse|homogeneous|ethnic) neighbou?rhoods?",
    ],
  },
];
