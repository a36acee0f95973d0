// Where the law stands that an audit is read by: statements under a date, with their sources. Not legal advice.

/** The day on which the sources were last read. */
export const LAW_AS_OF = "2026-11-22";

export interface Standing {
  readonly what: string;
  readonly source: string;
}

export const LAW: readonly Standing[] = [
  {
    what: "The Fair Housing Act forbids to treat people otherwise by race, color, religion, sex, disability, familial status or national origin; disparate impact under the statute stands by decision of the Supreme Court.",
    source: "42 USC 3604, 3605; Texas Dept. of Housing v. Inclusive Communities Project (2015)",
  },
  {
    what: "Four fifths is a screen of employment law. No regulator of housing or credit has made it law: a ratio under .80 is a signal to look, one above it no proof of anything.",
    source: "29 CFR 1607.4(D)",
  },
  {
    what: "HUD proposed on 14 January 2026 to remove its own rule on discriminatory effects; no final rule was found.",
    source: "24 CFR 100.500; 91 FR 1475",
  },
  {
    what: "HUD's guidance of 2 May 2024 on advertising through digital platforms asks for no targeting or delivery by protected traits or their stand-ins; whether it was among what was withdrawn in September 2025 could not be confirmed.",
    source: "HUD, 2 May 2024; HUD memoranda of 16 and 17 September 2025",
  },
  {
    what: "Regulation B no longer has an effects test since 21 July 2026; criteria used as intentional stand-ins remain unlawful.",
    source: "CFPB final rule, published 22 April 2026",
  },
  {
    what: "New Jersey holds brokers, and the systems of their vendors, to disparate impact and to the less discriminatory alternative.",
    source: "N.J.A.C. 13:16 (15 December 2025)",
  },
  {
    what: "Colorado asks from 1 January 2027 for notice, an explanation in plain words within 30 days, correction, review by a person and three years of records where automated technology materially influences access to housing.",
    source: "SB 26-189 (signed 14 May 2026)",
  },
];
