import { describe, expect, test } from "vitest";
import { MAYA, NOON, ofMaya, sceneWith, toMaya } from "../../../test/letters.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import { type Lead, stub } from "../../leads/index.ts";
import type { MessageEffect, Template } from "../../workflows/index.ts";
import { decide } from "../choice/decide.ts";
import type { OutreachCase } from "../scene.ts";
import { compose } from "./compose.ts";
import { sendersOf } from "./from.ts";

const NIGHT = Date.UTC(2026, 10, 19, 2, 30);
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
  sceneWith({
    templates: { welcome: template },
    means: {
      crmWorkflow: (name) => (name === "call_new_buyer" ? "w9" : undefined),
      media: (name) => (name === "guides/a.pdf" ? "https://latchkey.example.com/media/loc/guides/a.pdf" : undefined),
      senders: sendersOf({ u1: { name: "Tessa", email: "tessa@example.com", lcPhone: "+15125550181" } }, new Set(), {
        sms: "+15125550180",
      }),
    },
  });
const lead: Lead = { ...MAYA, contact: { ...MAYA.contact, assignedTo: "u1" } };
const facts = (fields: JsonObject = {}, more: Partial<OutreachCase> = {}): OutreachCase =>
  ofMaya({ lead, fields: () => ({ contact: { first_name: "Maya" }, ...fields }), ...more });
const made = (more: Partial<MessageEffect> = {}, template: Template = whole, fields: JsonObject = {}) =>
  compose(toMaya(more), template, template.order, scene(template), facts(fields));
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

  test("of a text carry files likewise; it goes as an MMS then, and nothing is said of parts", () => {
    const plan = { ...whole, sms: "The “plan”.", smsAttach: ["guides/a.pdf", "https://example.com/b.png"] };
    const { sms } = made({}, plan).rendered;
    expect(sms).toMatchObject({
      text: 'The "plan".',
      attachments: ["https://latchkey.example.com/media/loc/guides/a.pdf", "https://example.com/b.png"],
    });
    expect(sms).not.toHaveProperty("segments");
    expect(sms).not.toHaveProperty("encoding");
    expect(made().rendered.sms).toMatchObject({ segments: 1, encoding: "gsm7" });
    const gone = made({}, { ...plan, smsAttach: ["guides/none.pdf"] });
    expect(gone.rendered).not.toHaveProperty("sms");
    expect(gone.rendered).toHaveProperty("email");
    expect(failures(gone)).toEqual([expect.stringContaining('no file "guides/none.pdf"')]);
  });

  test("of an e-mail come from the owner or the user named, or, where nobody owns the lead, from the location", () => {
    const from = (name: string, of: Lead = lead) =>
      compose(toMaya({ from: name }), whole, ["email"], scene(), { ...facts(), lead: of });
    expect(from("owner").rendered.email?.from).toBe("tessa@example.com");
    expect(from("user.u1").rendered.email?.from).toBe("tessa@example.com");
    expect(from("owner", stub("loc", "l2")).rendered.email).toMatchObject({ subject: "Hello" });
    const stranger = from("user.u2").rendered.email;
    expect(stranger?.from).toBeUndefined();
    expect(stranger?.sender).toEqual({ by: "crm", skipped: [{ said: "user.u2", why: "none" }] });
  });

  test("say from which number they come, and why; the decision tells it of the channel that is taken", () => {
    expect(made().rendered.sms).toMatchObject({ from: "+15125550180", sender: { by: "location" } });
    expect(made().rendered.whatsapp).toEqual({ channel: "whatsapp", text: "Hello on WhatsApp" });
    const lines = { sms: { address: "+15125550181", at: NOON - DAY } };
    const { links, message } = decide(toMaya({ via: ["sms"] }), scene(), facts({}, { lines }));
    expect(message.rendered.sms?.from).toBe("+15125550181");
    expect(links.find(({ kind }) => kind === "channel")?.values).toMatchObject({
      ...{ channel: "sms", sender: { by: "conversation", from: "+15125550181" } },
    });
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
    expect(said).toEqual([
      {
        kind: "channel",
        status: "off",
        code: "link.missing",
        values: {
          ...{ channel: "email", template: "welcome", link: "form.home_wishlist" },
          detail: "link.form.home_wishlist is not configured: latchkey links set form.home_wishlist",
        },
      },
    ]);
    const decided = decide(toMaya(), scene(linked), facts({ link: {} }));
    expect(decided).toMatchObject({
      unmade: true,
      answer: { ok: false, detail: expect.stringContaining("link.booking") },
    });
    const told = decided.links.map(({ code, status, values }) => [code, status, values?.["channel"], values?.["link"]]);
    expect(told).toEqual([
      ["link.missing", "failed", "sms", "booking"],
      ["link.missing", "failed", "email", "form.home_wishlist"],
    ]);
  });

  test("that names nothing leaves its channel alone: the next one is taken, and the decision says why", () => {
    const { row, links: chain } = decide(toMaya(), scene(linked), facts({ link: { form: links.form } }));
    expect([row.state, row.channels[row.place]]).toEqual(["queued", "email"]);
    expect(chain.map(({ code, status }) => [code, status])).toEqual([
      ["link.missing", "off"],
      [expect.any(String), "done"],
      ["channel.chosen", "done"],
    ]);
  });

  test("is never all of a location's forms at once", () => {
    const all = { ...linked, sms: "{{ link.form }}", hash: "h3" };
    expect(made({}, all, { link: links }).failures[0]?.values).toMatchObject({ channel: "sms", link: "form" });
  });
});

describe("a text that asks for a link first", () => {
  const asking = (text: string): Template => ({ id: "form", sms: text, order: ["sms"], hash: text });
  const said = (text: string, link: JsonObject) => made({}, asking(text), { link }).rendered.sms?.text;
  const form = { last: "https://example.com/l" };
  const ways = [
    "Saved{% if link.form.last %}: {{ link.form.last }}{% else %}. Just answer.{% endif %}",
    "Saved{% unless link.form.last %}. Just answer.{% else %}: {{ link.form.last }}{% endunless %}",
  ];

  test("says it, or what it says instead, whoever the lead is", () => {
    for (const way of ways) {
      expect(said(way, { form })).toBe("Saved: https://example.com/l");
      for (const without of [{}, { form: {} }, { booking: "https://example.com/b" }])
        expect(said(way, without)).toBe("Saved. Just answer.");
    }
    expect(said("Here: {{ link.form.last | default: 'just answer' }}", {})).toBe("Here: just answer");
  });

  test("of the form it began last is an error where it does not ask, and says why", () => {
    const { rendered, failures: why } = made({}, asking("Saved: {{ link.form.last }}"), { link: {} });
    expect(rendered).toEqual({});
    expect(why[0]?.values?.["detail"]).toContain("this one began none that has a link");
  });
});

describe("the best channel", () => {
  const wrote = facts({}, { lastInboundAt: { email: NOON - DAY } });
  const tried = (sent: number, answered: number) => ({ sent, answered, opened: 0 });
  const order = (said: Parameters<typeof toMaya>[0], known = wrote) =>
    decide(toMaya(said), scene(), known).row.channels;

  test("is the first that a message is tried on, of the step's list or the template's own", () => {
    expect(order({ best: true })[0]).toBe("email");
    expect(order({ best: true, via: ["sms", "email"] })).toEqual(["email", "sms"]);
    expect(order({ best: true, via: ["sms", "email"] }, facts())).toEqual(["sms", "email"]);
    expect(order({ via: ["sms", "email"] })).toEqual(["sms", "email"]);
  });

  test("is told with the figures that decided, of the lead and of the location", () => {
    const known = facts({}, { habits: { sms: tried(5, 2), email: tried(3, 0) }, rates: { sms: tried(400, 124) } });
    const { links, row } = decide(toMaya({ best: true, via: ["email", "sms"] }), scene(), known);
    expect(row.channels).toEqual(["sms", "email"]);
    const link = links.find(({ kind }) => kind === "channel");
    expect(link).toMatchObject({
      code: "channel.best",
      values: {
        channel: "sms",
        because: "answers",
        ranked: [
          { channel: "sms", own: { sent: 5, answered: 2 }, location: { sent: 400, answered: 124 } },
          { channel: "email", own: { sent: 3, answered: 0 }, little: true },
        ],
      },
    });
  });

  test("of an urgent message at night is the one that may go now; another waits for the better one", () => {
    const known = facts({}, { now: NIGHT, habits: { sms: tried(9, 8) } });
    const said = { best: true, via: ["sms", "email"], purpose: "marketing", holdUntil: NIGHT + 3 * DAY } as const;
    const waits = decide(toMaya(said), scene(), known);
    expect(waits).toMatchObject({ verdict: "held", row: { channels: ["sms", "email"], place: 0 } });
    const goes = decide(toMaya({ ...said, urgent: true }), scene(), known);
    expect(goes).toMatchObject({ verdict: "queued", row: { channels: ["email", "sms"], place: 0 } });
    expect(goes.links.find(({ kind }) => kind === "channel")?.values).toMatchObject({ because: "now" });
  });
});

describe("WhatsApp", () => {
  const only = (last: number | undefined) =>
    decide(
      toMaya({ via: ["whatsapp"], purpose: "transactional" }),
      scene(),
      facts({}, last === undefined ? {} : { lastInboundAt: { whatsapp: last } }),
    );

  test("has a right for a day after the lead's own message there, and none outside it", () => {
    expect(only(NOON - DAY + 1)).toMatchObject({ verdict: "queued" });
    expect(only(NOON - DAY)).toMatchObject({ verdict: "blocked", outcome: "blocked" });
    expect(only(undefined)).toMatchObject({ verdict: "blocked" });
    expect(only(undefined).message.decided.find(({ ok }) => !ok)?.code).toBe("window.closed");
  });

  test("goes by the workflow of the CRM that its template names: outside the window, or always where it has no text", () => {
    const of = (template: Partial<Template>, last?: number) => {
      const { whatsapp: _, ...rest } = whole;
      const said = { ...rest, ...template, whatsappWorkflow: "call_new_buyer" };
      const inbound = last === undefined ? {} : { lastInboundAt: { whatsapp: last } };
      const { message } = decide(
        toMaya({ via: ["whatsapp"], purpose: "transactional" }),
        scene(said),
        facts({}, inbound),
      );
      return message.rendered.whatsapp;
    };
    const template = { channel: "whatsapp", text: "call_new_buyer", workflow: "w9" };
    const free = { channel: "whatsapp", text: "Hello on WhatsApp" };
    expect(of({ whatsapp: "Hello on WhatsApp" }, NOON - HOUR)).toEqual({ ...free, other: template });
    expect(of({ whatsapp: "Hello on WhatsApp" })).toEqual({ ...template, other: free });
    expect(of({}, NOON - HOUR)).toEqual(template);
    expect(of({})).toEqual(template);
  });

  test("keeps the refusal where nobody has mapped that workflow, and says which one it is where there is no text", () => {
    const of = (template: Template) =>
      decide(toMaya({ via: ["whatsapp"], purpose: "transactional" }), scene(template), facts());
    const both = of({ ...whole, whatsappWorkflow: "nobody_knows" });
    expect(both.message.decided.find(({ ok }) => !ok)?.code).toBe("window.closed");
    const { whatsapp: _, ...rest } = whole;
    expect(of({ ...rest, whatsappWorkflow: "nobody_knows" }).answer?.detail).toContain(
      'the CRM has no workflow "nobody_knows" that would send template welcome',
    );
  });
});
