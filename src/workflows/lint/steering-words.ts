// Words about people, where an advertisement of housing may speak of the property alone: data, under a date. 42 USC
// 3604(c) forbids any statement that prefers or limits by a protected class; context decides, and this list does not.
//
// Texts are compared as they are read (as-read.ts): words stand here without accents, an apostrophe is straight, and other
// alphabets, markup and hidden letters need no entries.
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
  assistance: "42 USC 3604(f)(3)(B); 24 CFR 100.204: a rule against animals makes an exception for assistance animals",
} as const;

export interface WordEntry {
  /** `forbidden` states a preference by itself; `review` depends on what stands around it. */
  readonly tier: "forbidden" | "review";
  readonly about: string;
  readonly source: keyof typeof WORD_SOURCES;
  /** Regular expressions over lower-case words; a space stands for white space, a hyphen or emphasis. */
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
/** Of what follows "no kids", "no wheelchair": a thing that is not there, and nobody kept out. */
const NO_THING =
  "(?!'|s'| (?:pools?|clubs?|menus?|play\\w*|rooms?|areas?|zones?|bath\\w*|bed\\w*|programs?|class(?:es)?|access\\w*|ramps?|lifts?|entr\\w+|parking|schools?|services?|church(?:es)?))";
const ONLY = "(?:only|(?:strongly |much )?preferred|wanted)";
const SEX = "(?:males?|females?|men|women|ladies|gentlemen|girls|boys)";
const BELIEVERS = `(?:${FAITH}|evangelicals?|jews?|atheists?|non believers)`;
const ORIGINS =
  "(?:hispanics?|latin[oax]s?|mexicans?|puerto ricans?|cubans?|haitians?|asians?|chinese|koreans?|vietnamese|filipinos?|indians|africans|african americans?|arabs?|russians?|americans?|native americans?)";
const REFUSED = "(?:are |is )?(?:not|never) (?:allowed|welcome|accepted|permitted|wanted|considered)";
const REFUSING =
  "(?:do not|don't|does not|doesn't|can not|cannot|can't|will not|won't|not) (?:currently |presently )?(?:accept(?:ing)?|allow(?:ing)?|permit(?:ting)?|rent(?:ing)? to|sell(?:ing)? to)";
// Spanish
const SOLO = "(?:solo|solamente|unicamente|exclusivamente)(?: para| a)?";
const NO_SE =
  "no (?:se )?(?:aceptan?|aceptamos|permiten?|permitimos|admiten?|admitimos|queremos|alquila a|renta a|vende a)";
const CREYENTE =
  "(?:cristian[oa]s?|catolic[oa]s?|evangelic[oa]s?|protestantes?|judi[oa]s?|musulman(?:es|as?)?|mormon(?:es|as?)?|ate[oa]s?)";
const GENTE =
  "(?:hispan[oa]s|latin[oa]s|mexican[oa]s|american[oa]s|blanc[oa]s|negr[oa]s|inmigrantes|extranjer[oa]s|indocumentad[oa]s|ciudadanos)";
const NO_STREET = "(?! (?:st|street|rd|road|ave|avenue|ln|lane|hill|way|dr|drive|square|falls|creek))";

/** What is forbidden stands first. */
export const WORDS: readonly WordEntry[] = [
  {
    tier: "forbidden",
    about: "familial status",
    source: "statute",
    phrases: [
      // "kids or no kids" asks nobody to stay away
      `(?<!\\bor )no (?:kids|children|infants|babies|toddlers|teenagers|minors|families)${NO_THING}`,
      `(?:kids|children|infants|babies|toddlers|teenagers|minors|families)(?: with (?:kids|children))? ${REFUSED}`,
      `${REFUSING} (?:\\w+ )?(?:kids|children|families)${NO_THING}`,
      "adults? only",
      "singles? only",
      "(?:couples|retirees) only",
      "(?:adults?|singles?|couples|retirees) (?:strongly |much )?preferred",
      "only (?:for|to) (?:adults|singles|couples|retirees)",
      "childless (?:couples?|tenants?|renters?|buyers?|people|households?)",
      "(?:child(?:ren)?|kid) free (?:building|complex|community|home|property)",
      `${SOLO} (?:adultos|parejas|solter[oa]s|jubilados)`,
      "(?:adultos|parejas) (?:solamente|unicamente)",
      "(?<!\\bo )sin (?:ninos|hijos)",
      `${NO_SE} (?:ninos|hijos|menores|familias)`,
    ],
  },
  {
    tier: "forbidden",
    about: "religion",
    source: "trade",
    phrases: [
      `${FAITH} (?:homes?|${PEOPLE}|${PLACE})${NO_NAME}`,
      `${BELIEVERS} ${ONLY}`,
      `no ${BELIEVERS}${NO_THING}`,
      `${SOLO} (?:familias )?${CREYENTE}`,
      `${CREYENTE} (?:solamente|unicamente|de preferencia|preferid[oa]s)`,
      `(?:hogar|casa|familia|comunidad|vecindario|barrio|edificio) ${CREYENTE}`,
      `(?:no|${NO_SE}) ${CREYENTE}`,
    ],
  },
  {
    tier: "forbidden",
    about: "race, color or national origin",
    source: "trade",
    phrases: [
      `${ORIGIN} (?:${PEOPLE}|${PLACE}|residences?)${NO_NAME}`,
      `(?:all )?(?:white|black|colou?red) (?:${PEOPLE}|areas?|neighbou?rhoods?|communit(?:y|ies))`,
      // a brochure "in Korean only" speaks of a language
      `(?<!\\bin )(?:whites|blacks|caucasians?|citizens|${ORIGINS}) ${ONLY}`,
      "no (?:whites|blacks|hispanics|latin[oax]s|mexicans|puerto ricans|cubans|haitians|asians|koreans|filipinos|indians|africans|arabs|russians|immigrants|foreigners)",
      `${SOLO} ${GENTE}`,
      `(?:no|${NO_SE}) ${GENTE}`,
      "debe hablar ingles",
      "english speak(?:ers|ing) (?:only|preferred)",
      "must speak english",
    ],
  },
  {
    tier: "forbidden",
    about: "sex",
    source: "statute",
    phrases: [
      `${SEX} (?:tenants? |roommates? |housemates? |renters? |buyers? )?${ONLY}`,
      `no (?:men|women|males|females|ladies|girls|boys|guys)${NO_THING}`,
      `${SEX} ${REFUSED}`,
      "(?:prefers?|preferably) (?:an? )?(?:single |quiet |mature |professional )*(?:male|female|men|women|ladies)(?!-)",
      `only (?:for|to) ${SEX}`,
      `${SOLO} (?:hombres|mujeres|damas|caballeros|senoritas|varones|chicas|chicos)`,
      "(?:hombres|mujeres|damas|caballeros|senoritas) (?:solamente|unicamente)",
    ],
  },
  {
    tier: "forbidden",
    about: "disability",
    source: "statute",
    phrases: [
      `no wheelchairs?${NO_THING}`,
      "able bodied",
      `no (?:disabled|handicapped|crippled|mentally ill)${NO_THING}`,
      `(?:wheelchairs|disabled|handicapped)(?: people| persons| tenants)? ${REFUSED}`,
      "must be (?:physically fit|able to live independently)",
      "not (?:suitable )?for (?:the )?(?:disabled|handicapped)",
    ],
  },
  {
    tier: "forbidden",
    about: "source of income",
    source: "states",
    phrases: [
      "no (?:section|sec|sec\\.) (?:8|eight)",
      "no seccion (?:8|ocho)",
      "no (?:housing )?vouchers",
      "no (?:hcv|housing (?:assistance|choice)|public assistance|government assistance|welfare)",
      `(?:section 8|(?:housing )?vouchers|hcv)(?: tenants| holders| vouchers)? ${REFUSED}`,
      `${REFUSING} (?:section 8|(?:housing )?vouchers|hcv|housing assistance)`,
      `${NO_SE} (?:la )?(?:seccion 8|vales)`,
    ],
  },
  {
    tier: "forbidden",
    about: "assistance animals (disability)",
    source: "assistance",
    phrases: [
      "no (?:pets,? (?:and |or )?(?:no )?)?(?:service|assistance|support|emotional support) (?:animals?|dogs?|pets)",
      `(?:service|assistance|support) (?:animals|dogs) ${REFUSED}`,
    ],
  },
  {
    tier: "review",
    about: "color, or a paint",
    source: "trade",
    phrases: ["whites? only", "whites? preferred"],
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
      "not (?:suitable|suited|appropriate|ideal) for (?:young |small )?(?:kids|children|families)",
      "(?:employed|working|professionals?|career) (?:people |tenants |persons |professionals )?only",
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
