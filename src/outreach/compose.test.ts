import { describe, expect, test } from "vitest";
import type { JsonObject } from "../kernel/json.ts";
import { DAY } from "../kernel/time.ts";
import { type Lead, stub } from "../leads/index.ts";
import type { MessageEffect, Template } from "../workflows/index.ts";
import { bestChannel, bestFirst } from "./best.ts";
import { compose } from "./compose.ts";
import { decide } from "./decide.ts";
import { openRenderer } from "./render.ts";
import { houseRules, type OutreachCase, outreachScene } from "./scene.ts";

const NOON = Date.UTC(2026, 10, 18, 19);
const whole: Template = {
  id: "welcome",
  sms: "Hi {{ contact.first_name }}, {{ vars.tier }} {{ inputs.source }} {{ step.hello.elapsed }} {{ with.offer }}{{ offer }}",
  email: { subject: "Hello", body: "Welcome.", attach: ["guides/a.pdf", "https://example.com/b.pdf"] },
  whatsapp: "Hello on WhatsApp",
  voice: { highlevelWorkflow: "call_new_buyer" },
  order: ["sms", "email", "voice", "whatsapp"],
  hash: "h1",
};
const scene = (template: Template = whole) =>
  outreachScene({
    location: "loc",
    zone: "America/New_York",
    house: houseRules({ businessHours: [], holidays: [], caps: [], teams: {}, highlevelWorkflows: {} }),
    templates: { welcome: template },
    render: openRenderer().message,
    means: {
      crmWorkflow: (name) => (name === "call_new_buyer" ? "w9" : undefined),
      media: (name) => (name === "guides/a.pdf" ? "https://latchkey.example.com/media/loc/guides/a.pdf" : undefined),
      userEmail: (id) => (id === "u1" ? "tessa@example.com" : undefined),
    },
  });
const lead: Lead = {
  ...stub("loc", "lead1"),
  stub: false,
  contact: {
    firstName: "Maya",
    phone: "+16175550101",
    email: "maya@example.com",
    assignedTo: "u1",
    tags: [],
    custom: {},
  },
};
const facts = (fields: JsonObject = {}, more: Partial<OutreachCase> = {}): OutreachCase => ({
  now: NOON,
  lead,
  to: { phone: "+16175550101", email: "maya@example.com" },
  addresses: {},
  rows: [],
  fields: () => ({ contact: { first_name: "Maya" }, ...fields }),
  active: () => true,
  ...more,
});
const effect = (more: Partial<MessageEffect> = {}): MessageEffect => ({
  ...{ kind: "message", id: "m1", run: "run1", workflow: "nurture", plan: "plan1", path: "welcome" },
  ...{ template: "welcome", via: [], purpose: "marketing", urgent: false, priority: 50, holdUntil: NOON + DAY },
  ...{ caps: [], shadow: false },
  ...more,
});
const made = (more: Partial<MessageEffect> = {}, template: Template = whole, fields: JsonObject = {}) =>
  compose(effect(more), template, template.order, scene(template), facts(fields));
const failures = (composed: ReturnType<typeof compose>) => composed.failures.map(({ values }) => values?.["detail"]);

describe("a message's texts", () => {
  test("say the run's own values as of the step, and what the step gives", () => {
    const values = { vars: { tier: "ready" }, inputs: { source: "survey" }, step: { hello: { elapsed: "2 days" } } };
    expect(made({ values, with: { offer: "spring" } }).rendered.sms?.text).toBe(
      "Hi Maya, ready survey 2 days springspring",
    );
  });

  test("let nothing that a step gives hide what is known of the lead", () => {
    const said = made({ with: { contact: "nobody" } }).rendered.sms?.text;
    expect(said).toContain("Hi Maya");
  });

  test("have the subject of a variant, each its own", () => {
    expect(made({ subject: "{{ contact.first_name }}?" }).rendered.email?.subject).toBe("Maya?");
    expect(made({ subject: "Or this" }).rendered.email?.subject).toBe("Or this");
    expect(made().rendered.email?.subject).toBe("Hello");
  });

  test("of an e-mail carry files: addresses as given, names as the CRM finds them", () => {
    expect(made().rendered.email?.attachments).toEqual([
      "https://latchkey.example.com/media/loc/guides/a.pdf",
      "https://example.com/b.pdf",
    ]);
    const gone = { ...whole, email: { subject: "Hello", body: "Hi", attach: ["guides/none.pdf"] } };
    expect(failures(made({}, gone))).toEqual([expect.stringContaining('no file "guides/none.pdf"')]);
  });

  test("of an e-mail come from the owner or the user named, or, where nobody owns the lead, from the location", () => {
    const from = (name: string, of: Lead = lead) =>
      compose(effect({ from: name }), whole, ["email"], scene(), { ...facts(), lead: of });
    expect(from("owner").rendered.email?.from).toBe("tessa@example.com");
    expect(from("user.u1").rendered.email?.from).toBe("tessa@example.com");
    expect(from("owner", stub("loc", "l2")).rendered.email).toMatchObject({ subject: "Hello" });
    expect(failures(from("user.u2"))).toEqual([expect.stringContaining("no e-mail address of user.u2")]);
  });

  test("of a call name the CRM's workflow that calls; one that is not there is an error", () => {
    expect(made().rendered.voice).toEqual({ channel: "voice", text: "call_new_buyer", workflow: "w9" });
    const other = { ...whole, voice: { highlevelWorkflow: "call_nobody" } };
    expect(failures(made({}, other))).toEqual([expect.stringContaining('no workflow "call_nobody"')]);
  });
});

describe("a link", () => {
  const linked: Template = {
    id: "welcome",
    sms: "Book: {{ link.booking }}",
    email: { subject: "Form", body: "{{ link.form.home_wishlist }} {{ link.form.last | default: 'none' }}" },
    order: ["sms", "email"],
    hash: "h2",
  };
  const links = {
    booking: "https://example.com/book",
    form: { home_wishlist: "https://example.com/w", last: "https://example.com/l" },
  };

  test("stands in the text as the location has it", () => {
    const { rendered } = made({}, linked, { link: links });
    expect(rendered.sms?.text).toBe("Book: https://example.com/book");
    expect(rendered.email?.text).toBe("https://example.com/w https://example.com/l");
  });

  test("that nobody configured is an error: no text is made without it", () => {
    const { rendered, failures: said } = made({}, linked, { link: { booking: links.booking } });
    expect(Object.keys(rendered)).toEqual(["sms"]);
    expect(said[0]?.values?.["detail"]).toContain("link.form.home_wishlist is not configured");
    const decided = decide(effect(), scene(linked), facts({ link: {} }));
    expect(decided).toMatchObject({
      unmade: true,
      answer: { ok: false, detail: expect.stringContaining("link.booking") },
    });
  });
});

describe("the best channel", () => {
  test("is where the lead last wrote, else e-mail for who reads it, else unknown", () => {
    const wrote = { sms: NOON - 2 * DAY, email: NOON - 5 * DAY };
    expect(bestChannel({ wrote, read: NOON - DAY }, NOON)).toBe("sms");
    expect(bestChannel({ read: NOON - DAY }, NOON)).toBe("email");
    expect(bestChannel({}, NOON)).toBeUndefined();
  });

  test("is forgotten after a season", () => {
    expect(bestChannel({ wrote: { sms: NOON - 91 * DAY }, read: NOON - 91 * DAY }, NOON)).toBeUndefined();
  });

  test("goes first where it is among those named; the others keep their order", () => {
    const habits = { wrote: { whatsapp: NOON - DAY } };
    expect(bestFirst(["sms", "email", "whatsapp"], habits, NOON)).toEqual(["whatsapp", "sms", "email"]);
    expect(bestFirst(["email", "sms"], habits, NOON)).toEqual(["email", "sms"]);
  });

  test("is the first that a message is tried on, of the step's list or the template's own", () => {
    const known = facts({}, { lastInboundAt: { email: NOON - DAY } });
    expect(decide(effect({ best: true }), scene(), known).row.channels).toEqual(["email", "sms", "voice", "whatsapp"]);
    expect(decide(effect({ best: true, via: ["sms", "email"] }), scene(), known).row.channels).toEqual([
      "email",
      "sms",
    ]);
    expect(decide(effect({ best: true, via: ["sms", "email"] }), scene(), facts()).row.channels).toEqual([
      "sms",
      "email",
    ]);
    expect(decide(effect({ via: ["sms", "email"] }), scene(), known).row.channels).toEqual(["sms", "email"]);
  });
});

describe("WhatsApp", () => {
  const only = (last: number | undefined) =>
    decide(
      effect({ via: ["whatsapp"], purpose: "transactional" }),
      scene(),
      facts({}, last === undefined ? {} : { lastInboundAt: { whatsapp: last } }),
    );

  test("has a right for a day after the lead's own message there, and none outside it", () => {
    expect(only(NOON - DAY + 1)).toMatchObject({ verdict: "queued" });
    expect(only(NOON - DAY)).toMatchObject({ verdict: "blocked", outcome: "blocked" });
    expect(only(undefined)).toMatchObject({ verdict: "blocked" });
    expect(only(undefined).message.decided.find(({ ok }) => !ok)?.code).toBe("window.closed");
  });
});
