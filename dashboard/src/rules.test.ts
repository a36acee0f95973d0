import { describe, expect, test } from "vitest";
import type { RulesView } from "../../src/app/binding.ts";
import { changesOf, draftOf, faultOf, linesOf } from "./rules.ts";

const view: RulesView = {
  rules: { quietHours: ["20:00-09:00"], emailQuietHours: true, caps: { all: "2 per 24h" } },
  binding: [
    { rule: "hours", value: "careful", from: "built in" },
    { rule: "quiet hours", value: "21:00-08:00", from: "folder" },
    { rule: "quiet hours", value: "20:00-09:00", from: "location" },
    { rule: "quiet hours of e-mail", value: "they hold for it, too", from: "location" },
    { rule: "cap", value: "sms: 1 per 20h", from: "folder" },
    { rule: "cap", value: "all: 2 per 24h", from: "location" },
  ],
  pack: {
    id: "careful",
    hours: { "mon-fri": "09:00-20:00", sat: "09:00-20:00", sun: "12:00-20:00" },
    cap: "3 per 24h",
  },
  tables: "2026-11-21",
};
const said = (of: RulesView) => linesOf(of).map(({ what, value, from }) => `${what}: ${value} (${from})`);

describe("what binds at a location", () => {
  test("is said whole, each part with where it is from, the law with the day of its tables", () => {
    expect(said(view)).toEqual([
      "Texts and calls: Mon to Sat 09:00-20:00, Sun 12:00-20:00, where the lead's state allows it (Careful pack, tables of 2026-11-21)",
      "Quiet hours: 21:00-08:00 (set in the workflows' folder)",
      "Quiet hours: 20:00-09:00 (set here)",
      "Email: keeps the quiet hours, too (set here)",
      "Texts, WhatsApp and calls together: at most 3 per 24h (Careful pack, tables of 2026-11-21)",
      "Text: at most 1 per 20h (set in the workflows' folder)",
      "All channels together: at most 2 per 24h (set here)",
    ]);
  });

  test("says that e-mail goes at any hour, and that the pack was chosen here", () => {
    const all = { "mon-fri": "08:00-21:00", sat: "08:00-21:00", sun: "08:00-21:00" };
    const statute: RulesView = {
      ...{ rules: { pack: "statute" }, tables: "2026-11-21", pack: { id: "statute", hours: all } },
      binding: [{ rule: "hours", value: "statute", from: "location" }],
    };
    expect(said(statute)).toEqual([
      "Texts and calls: every day 08:00-21:00, where the lead's state allows it (Statute pack, tables of 2026-11-21, set here)",
      "Email: at any hour (no law has hours for it)",
    ]);
  });
});

describe("what a person writes of a location's own rules", () => {
  const draft = draftOf(view.rules);

  test("is what stands there, and saving it unchanged changes nothing", () => {
    expect(draft).toMatchObject({ quiet: "20:00-09:00", email: true, caps: { all: "2 per 24h", sms: "" } });
    expect(changesOf(draft)).toEqual({});
    expect(changesOf(draftOf({}))).toEqual({});
  });

  test("changes the parts that are other than they were, and no others", () => {
    expect(changesOf({ ...draft, quiet: "20:00-09:00, 12:00-13:00" })).toEqual({
      quietHours: ["20:00-09:00", "12:00-13:00"],
    });
    expect(changesOf({ ...draft, caps: { ...draft.caps, sms: " 1 per 7d " } })).toEqual({
      caps: { sms: "1 per 7d" },
    });
    expect(changesOf({ ...draft, pack: "statute" })).toEqual({ pack: "statute" });
  });

  test("takes back what is emptied", () => {
    const caps = { ...draft.caps, all: "" };
    const none = { quietHours: null, emailQuietHours: null, caps: { all: null } };
    expect(changesOf({ ...draft, quiet: " ", email: false, caps })).toEqual(none);
  });

  test("takes hours as people write them, and leaves to be refused what are none", () => {
    const quiet = (text: string) => changesOf({ ...draft, quiet: text })["quietHours"];
    expect(quiet("9:00 – 17:00; 21:00 - 24:00")).toEqual(["09:00-17:00", "21:00-24:00"]);
    expect(quiet("9pm-8am")).toEqual(["9pm-8am"]);
  });

  test("is told what was wrong at the field it was wrong in", () => {
    const errors = [
      { field: "quietHours.0", detail: "expected hours" },
      { field: "caps.sms", detail: "expected a rate" },
    ];
    expect(faultOf(errors, "quietHours")).toBe("expected hours");
    expect(faultOf(errors, "caps.sms")).toBe("expected a rate");
    expect(faultOf(errors, "caps.all")).toBeUndefined();
  });
});
