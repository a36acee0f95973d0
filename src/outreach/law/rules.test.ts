// Which rows of the tables bind: from the day on which a law holds, for what it covers.

import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { inForceOn } from "./dated.ts";
import { houseCap, liftOf } from "./rules.ts";

const noon = (date: string) => Date.parse(`${date}T12:00:00Z`);
const here = (state: string) => [{ state, zone: "America/New_York", evidence: "state" }] as const;

describe("a row of the tables", () => {
  test("holds from its first day on, until the first day on which it no longer does", () => {
    const dated = { effectiveFrom: "2026-01-01", effectiveTo: "2026-10-18" };
    const on = (date: string) => inForceOn(dated, date);
    expect(["2025-12-31", "2026-01-01", "2026-10-17", "2026-10-18"].map(on)).toEqual([false, true, true, false]);
    expect([inForceOn({}, "1999-01-01"), inForceOn({ effectiveFrom: null, effectiveTo: null }, "2099-12-31")]).toEqual([
      true,
      true,
    ]);
  });
});

describe("the cap of a state", () => {
  const cap = (state: string, date: string) => houseCap(here(state), "statute", noon(date));

  test("binds from the day its law holds", () => {
    expect([cap("OR", "2025-12-31"), cap("OR", "2026-01-01")]).toEqual([undefined, { count: 3, hours: 24 }]);
    expect([cap("FL", "2021-06-30"), cap("FL", "2021-07-01")]).toEqual([undefined, { count: 3, hours: 24 }]);
  });

  test("binds texts where its law covers them: that of Maine is of prerecorded calls", () => {
    expect(cap("ME", "2026-11-18")).toBeUndefined();
  });

  test("is nobody's where the state has none, other than the pack's", () => {
    expect(cap("NY", "2026-11-18")).toBeUndefined();
    expect(houseCap(here("NY"), "careful", noon("2026-11-18"))).toEqual({ count: 3, hours: 24 });
  });
});

describe("what the law of a state exempts", () => {
  test("it exempts from the day it holds, and only where it has a row that exempts", () => {
    const held = noon("2021-07-01");
    expect([liftOf("FL", held - DAY), liftOf("FL", held)]).toEqual([
      undefined,
      { consent: true, transactionMonths: 18, inquiryMonths: 3 },
    ]);
    expect([liftOf("MS", held), liftOf("NY", held)]).toEqual([undefined, undefined]);
  });
});
