// What may never be a feature: traits that fair-housing law protects, and what stands in for them, as they are named and as
// they are abbreviated. Not here, because they may be tested first: source, e-mail domain, device, time zone, and the heights
// of prices. Nor abbreviations that mean something else more often: gen (lead gen), med (median), sal (sales), eng (engagement),
// esp (e-mail service), distr (distribution), interp (interpolated), denom (denominator), st, ave, poc, mil, ms (milliseconds).

/** The day on which the list was last read against its sources. */
export const DENIED_AS_OF = "2026-11-22";

export interface Denial {
  /** Words, abbreviations or phrases, in lower case; a phrase's words stand next to each other in the name. A plural is the same word. */
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
      ...["ethn", "ethno", "ethnct", "rce", "hisp", "latnx", "latine", "afam", "cauc", "caucas", "negro"],
      ...["bipoc", "melan", "indigenous"],
    ],
    why: "race and color are protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...["religion", "religious", "faith", "creed", "church", "mosque", "synagogue", "temple", "parish", "worship"],
      ...["christian", "catholic", "muslim", "islamic", "jewish", "hindu", "sikh", "mormon", "denomination", "sabbath"],
      ...["kosher", "halal", "hijab", "clergy"],
      ...["relig", "rlgn", "relgn", "xtian", "christn", "cathol", "musl", "moslem", "jew", "buddhist"],
    ],
    why: "religion is protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...[
        "sex",
        "gender",
        "pronoun",
        "salutation",
        "honorific",
        "mr",
        "mrs",
        "is ms",
        "male",
        "female",
        "man",
        "woman",
      ],
      ...["men", "women", "orientation", "lgbt", "lgbtq", "gay", "transgender", "pregnant", "pregnancy", "maiden"],
      ...["maternity", "paternity", "maternal", "paternal"],
      ...["gndr", "gend", "gendr", "sx", "sogi", "fem", "femme", "masc", "mle", "salut", "queer"],
      ...["lgbtqia", "transg", "preg", "pregn", "ladies", "gentlemen"],
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
      ...["disab", "disabl", "disbl", "dsblty", "hdcp", "hndcp", "handicp", "whlchr", "hlth", "ssdi", "esa"],
      ...["svc animal", "service dog", "support dog", "guide dog", "special needs", "ada needs"],
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
      ...["fam", "fmly", "famsize", "chld", "chldrn", "childs", "kiddo", "hh", "hhsize", "hhld", "hshld"],
      ...["hsehld", "depndt", "marstat", "marit", "mrtl", "marr", "spous", "dvrc", "divorc", "sngl"],
      ...["prtnr", "hubby", "mar stat", "civil status", "civ stat"],
    ],
    why: "family status is protected",
    source: `${FEDERAL}; marital status: ${CREDIT}`,
  },
  {
    terms: [
      ...["nationality", "national origin", "origin country", "country", "citizenship", "citizen", "immigration"],
      ...["immigrant", "migrant", "foreign", "foreigner", "alien", "visa", "green card", "passport", "birthplace"],
      ...["place of birth", "ssn", "social security", "itin", "expat", "refugee"],
      ...["ntnlty", "natlty", "natnlty", "ctzn", "citiz", "citz", "cntry", "ctry", "immig", "immigr", "frgn"],
      ...["pob", "natl origin", "natl orig", "nat origin", "nat orig", "national orig", "orig cntry"],
      ...["country code"],
    ],
    why: "national origin is protected",
    source: FEDERAL,
  },
  {
    terms: [
      ...["age", "aged", "birthday", "birthdate", "birth", "born", "dob", "yob", "generation", "millennial", "boomer"],
      ...["gen z", "gen x", "retired", "retiree", "retirement", "elderly", "senior", "years old", "adult", "youth"],
      ...["young", "old person", "graduation"],
      ...["bday", "bdate", "brth", "brthdt", "birthdt", "birthyr", "bthdt", "genz", "genx", "geny", "millen"],
      ...["eldr", "elder", "eldrly", "adlt", "date birth", "yr born", "yrs old", "yr old"],
    ],
    why: "age is protected in many states, and in credit",
    source: `${CREDIT}; ${STATES}`,
  },
  {
    terms: [
      ...["name", "firstname", "lastname", "fullname", "fname", "lname", "surname", "forename", "nickname", "initials"],
      ...["username", "middle initial", "bisg", "signature"],
      ...["nm", "fnm", "lnm", "mname", "sname", "srname", "frstnm", "lstnm", "fullnm", "usernm", "initls"],
      ...["prenom", "apellido", "nombre"],
    ],
    why: "a name tells origin, sex and religion",
    source: NAMES,
  },
  {
    terms: [
      ...["language", "locale", "lang", "accent", "dialect", "translator", "translation", "interpreter", "bilingual"],
      ...["mother tongue", "english", "spanish", "esl", "charset", "alphabet", "grammar", "spelling"],
      ...["lngg", "langcd", "bilin", "biling", "lep", "esol", "native speaker"],
    ],
    why: "language stands in for national origin",
    source: STAND_IN,
  },
  {
    terms: [
      ...["photo", "photograph", "picture", "portrait", "headshot", "selfie", "avatar", "face", "facial", "voiceprint"],
      ...["voice pitch", "profile image"],
      ...["pic", "pict", "pctr", "avtr", "headsht", "mugshot", "prof img", "profile img"],
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
      ...["incm", "hhi", "agi", "slry", "wge", "emplr", "emplyr", "empl", "occup", "jobttl", "vchr", "hcvp"],
      ...["tanf", "wic", "ebt", "medicaid", "medicare", "pensn", "unempl", "unemp", "vash", "job ttl"],
      ...["sec 8", "sect 8", "s 8", "section eight", "food stamp", "child supp"],
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
      ...["addr", "adr", "addrss", "zp", "zcta", "zipcd", "pcode", "postcd", "postl", "pstl"],
      ...["plz", "trct", "cty", "cnty", "twn", "msa", "cbsa", "puma", "dma", "gps", "coord"],
      ...["latlng", "latlon", "latlong", "lattd", "lngtd", "geoloc", "geoid", "geocd", "geolocation", "hood"],
      ...["nhood", "nbhd", "nbrhd", "nbh", "neigh", "neighb", "schl", "blkgrp", "barrio", "blk grp"],
      ...["dial code"],
    ],
    why: "where people live stands in for race and origin",
    source: STAND_IN,
  },
  {
    terms: [
      ...["veteran", "military", "army", "deployment", "discharge"],
      ...["vet", "vtrn", "milit", "usmc", "navy", "va loan", "gi bill", "air force"],
    ],
    why: "military status is protected in several states",
    source: STATES,
  },
  {
    terms: [
      ...["arrest", "conviction", "convicted", "criminal", "felony", "eviction", "incarcerated", "police"],
      ...["arrst", "felon", "convict", "crim", "crimrec", "evict", "evictd", "incarc", "jail", "prison"],
      ...["parole", "probation", "criminal record"],
    ],
    why: "records of arrest and eviction stand in for race, and are protected in several places",
    source: STATES,
  },
];
