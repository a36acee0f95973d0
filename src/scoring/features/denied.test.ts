// Names that no feature may have, in whatever way they are written, and names that only look like them.

import { describe, expect, test } from "vitest";
import { DENIALS, DENIED_AS_OF, denied } from "./denied.ts";
import { FEATURES } from "./list.ts";

describe("a name is refused", () => {
  test.each([
    // protected traits
    ["race"],
    ["ethnicity_score"],
    ["religion"],
    ["gender"],
    ["disability"],
    ["marital_status"],
    ["national_origin"],
    ["children"],
    ["age"],
    // what is derived of one
    ["first_name_length"],
    ["surname_origin_share"],
    ["age_band"],
    ["has_kids"],
    ["zip_income_median"],
    ["days_to_birthday"],
    ["is_english_speaker"],
    // synonyms
    ["creed"],
    ["spouse_known"],
    ["ancestry"],
    ["mother_tongue"],
    ["headshot_present"],
    ["years_old"],
    ["section_8"],
    ["fips"],
    // ways to write it
    ["firstName"],
    ["first-name"],
    ["FIRST_NAME"],
    ["FIRSTName"],
    ["zip5"],
    ["ZIPCode"],
    ["maritalstatus"],
    ["homezipcode"],
    ["contact.postalCode"],
    ["languages"],
  ])("%s", (name) => {
    expect(denied(name)).toEqual(expect.any(String));
  });

  const joins: readonly ((words: readonly string[]) => string)[] = [
    (words) => words.join("_"),
    (words) => words.join("-"),
    (words) => words.join("."),
    (words) => words.map((word, n) => (n === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join(""),
    (words) => words.join("_").toUpperCase(),
  ];
  test("whatever stands around it, and however its words are joined", () => {
    const missed = DENIALS.flatMap(({ terms }) => terms).flatMap((term) =>
      joins.map((join) => join(["days", ...term.split(" "), "share"])).filter((name) => denied(name) === undefined),
    );
    expect(missed).toEqual([]);
  });
});

describe("a name is not refused", () => {
  test.each([
    ["engagement"],
    ["page_views"],
    ["message_count"],
    ["velocity_7d"],
    ["trace"],
    ["average_views"],
    ["capacity"],
    ["emails_opened"],
    ["source"],
    ["storage"],
  ])("%s, though it has the letters of one", (name) => {
    expect(denied(name)).toBeUndefined();
  });

  test("where it is one of ours", () => {
    for (const { name } of FEATURES) expect([name, denied(name)]).toEqual([name, undefined]);
  });
});

test("every entry has a reason and a source, under a date", () => {
  expect(DENIED_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  for (const { terms, why, source } of DENIALS) {
    expect(terms.length).toBeGreaterThan(0);
    expect(why).not.toBe("");
    expect(source).not.toBe("");
  }
});
