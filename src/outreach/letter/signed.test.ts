import { describe, expect, test } from "vitest";
import { MAYA, ofMaya, sceneWith, toMaya } from "../../../test/letters.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Lead } from "../../leads/index.ts";
import type { MessageEffect, Template } from "../../workflows/index.ts";
import type { Means, OutreachCase } from "../scene.ts";
import { compose } from "./compose.ts";
import { sendersOf } from "./from.ts";
import { segments } from "./segments.ts";
import { isOwnLink } from "./signed.ts";

const TOKEN = `1${"a".repeat(28)}`;
const WAY_OUT = `https://go.example.com/u/1${"b".repeat(42)}`;
const signer = {
  link: ({ channel, place }: { channel: string; place: number }) =>
    `https://go.example.com/l/${TOKEN}?${channel}${place}`,
  unsubscribe: () => WAY_OUT,
  hosts: () => ["www.team.example.com"],
};
const POSTAL = "Team Tessa, 1 Elm St <Suite 2>, Austin, TX 78701";

const to = { email: "maya@example.com" };
const lead: Lead = { ...MAYA, contact: { ...to, tags: [], custom: {} } };
const facts = (fields: JsonObject): OutreachCase => ofMaya({ lead, to, fields: () => fields });
const effect = toMaya();
function made(
  bodies: Pick<Template, "sms" | "email" | "whatsapp">,
  {
    fields = {},
    means = { signer },
    more = {},
  }: { fields?: Record<string, Json>; means?: Partial<Means>; more?: Partial<MessageEffect> } = {},
) {
  const template: Template = {
    id: "welcome",
    order: ["sms", "email", "whatsapp"],
    hash: JSON.stringify(bodies),
    ...bodies,
  };
  const scene = sceneWith({
    templates: { welcome: template },
    means: { crmWorkflow: () => undefined, media: () => undefined, senders: sendersOf({}, new Set()), ...means },
  });
  const channels = template.order.filter((channel) => template[channel] !== undefined);
  return compose({ ...effect, ...more }, template, channels, scene, facts(fields)).rendered;
}

describe("a link in a message", () => {
  test("is signed where the template, the location's links or its own pages name its host", () => {
    const { sms } = made(
      { sms: "Look: https://homes.example.com/a?b=1&c=2. Book {{ link.booking }}, or {{ event.url }}!" },
      {
        fields: {
          link: { booking: "https://cal.example.net/tessa" },
          event: { url: "https://www.team.example.com/h/1" },
        },
      },
    );
    expect(sms?.links).toEqual([
      "https://homes.example.com/a?b=1&c=2",
      "https://cal.example.net/tessa",
      "https://www.team.example.com/h/1",
    ]);
    const at = (place: number) => `https://go.example.com/l/${TOKEN}?sms${place}`;
    expect(sms?.text).toBe(`Look: ${at(0)}. Book ${at(1)}, or ${at(2)}!`);
  });

  test("that came in with a lead's own words is not ours to vouch for", () => {
    for (const name of [
      "https://evil.example.org/x",
      "https://homes.example.com@evil.example.org/x",
      "https://homes.example.com.evil.example.org",
      "http://homes.example.com/plain",
      "https://user:pass@homes.example.com/x",
      "javascript:alert(1)",
    ]) {
      const { sms } = made(
        { sms: "Hi {{ contact.first_name }}: https://homes.example.com/a" },
        { fields: { contact: { first_name: name } } },
      );
      expect(sms?.links).toEqual(["https://homes.example.com/a"]);
      expect(sms?.text).toContain(name);
    }
  });

  test("counts as long as it is sent", () => {
    const { sms } = made({ sms: `${"x".repeat(70)} https://homes.example.com` });
    expect(sms?.segments).toBe(segments(sms?.text ?? "", 45).segments);
    const short = made({ sms: `${"x".repeat(80)} https://homes.example.com` }, { means: {} }).sms;
    expect(sms?.text?.length).toBeGreaterThan(short?.text?.length ?? 0);
    expect([short?.segments, short?.links]).toEqual([1, undefined]);
  });

  test("stays as it is where the text would be longer than carriers take, or nobody outside reaches us", () => {
    const sms = `${"x".repeat(1_570)} https://homes.example.com`;
    expect(made({ sms }).sms?.text).toBe(sms);
    expect(made({ sms: "https://homes.example.com" }, { means: {} }).sms?.text).toBe("https://homes.example.com");
  });

  test("of an e-mail is one link in its text and its HTML, and shows where it leads", () => {
    const { email } = made({
      email: {
        subject: "Hello",
        body: "See https://homes.example.com/a?b=1&c=2",
        html: `<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="https://homes.example.com/p.png">
<a class="x" href="https://homes.example.com/a?b=1&amp;c=2">Look</a> <a href='https://homes.example.com/b'>https://homes.example.com/b</a>
<a href="mailto:tessa@example.com">write</a></body></html>`,
      },
    });
    expect(email?.links).toEqual(["https://homes.example.com/a?b=1&c=2", "https://homes.example.com/b"]);
    const at = (place: number) => `https://go.example.com/l/${TOKEN}?email${place}`;
    expect(email?.text).toBe(`See ${at(0)}`);
    expect(email?.html).toContain(`<a class="x" href="${at(0)}">Look</a> <a href="${at(1)}">${at(1)}</a>`);
    expect(email?.html).toContain(`src="https://homes.example.com/p.png"`);
    expect(email?.html).toContain(`href="mailto:tessa@example.com"`);
  });

  test("in an e-mail written as text alone is the same in the HTML made of it", () => {
    const { email } = made({ email: { subject: "Hello", body: "See https://homes.example.com/a?b=1&c=2." } });
    const ours = `https://go.example.com/l/${TOKEN}?email0`;
    expect([email?.text, email?.html]).toEqual([`See ${ours}.`, `<p>See <a href="${ours}">${ours}</a>.</p>`]);
  });
});

describe("the foot of a marketing e-mail", () => {
  const email = { subject: "Hello", body: "Hi there." };
  const means = { signer, foot: { postal: POSTAL } };

  test("says where the sender is and how to get no more, in text and HTML, and in headers for who takes them", () => {
    const { email: mail } = made({ email }, { means });
    expect(mail?.text).toBe(`Hi there.\n\n${POSTAL}\n\nUnsubscribe: ${WAY_OUT}`);
    expect(mail?.html).toContain("1 Elm St &lt;Suite 2&gt;");
    expect(mail?.html).toContain(`<a href="${WAY_OUT}">Unsubscribe</a>`);
    expect(mail?.headers).toEqual({
      "List-Unsubscribe": `<${WAY_OUT}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
  });

  test("adds nothing that the template says itself, and the way out is never a counted link", () => {
    const own = {
      subject: "Hello",
      body: `Hi.\n{{ unsubscribe_link }}\n${POSTAL}`,
      html: `<body><a href="{{ unsubscribe_link }}">Out</a>${POSTAL.replace("<", "&lt;").replace(">", "&gt;")}</body>`,
    };
    const { email: mail } = made(
      { email: own },
      { means: { ...means, signer: { ...signer, hosts: () => ["go.example.com"] } } },
    );
    expect(mail?.text).toBe(`Hi.\n${WAY_OUT}\n${POSTAL}`);
    expect(mail?.html).toContain(`<body><a href="${WAY_OUT}">Out</a>`);
    expect(mail?.html).not.toContain("Unsubscribe");
    expect(mail?.links).toBeUndefined();
  });

  test("stands inside the body of a whole document", () => {
    const { email: mail } = made(
      { email: { subject: "Hello", html: "<html><body><p>Hi</p></body></html>" } },
      { means },
    );
    expect(mail?.html).toMatch(/Unsubscribe<\/a><\/p>\n<\/body><\/html>$/);
  });

  test("asks for an answer where no page of ours is reached", () => {
    const { email: mail } = made(
      { email: { subject: "Hello", body: "To unsubscribe: {{ unsubscribe_link }}" } },
      { means: { foot: {} } },
    );
    expect(mail?.text).toContain("answer with the word unsubscribe");
    expect(mail?.headers).toBeUndefined();
  });

  test("is under no answer and no other necessary message", () => {
    for (const purpose of ["reply", "transactional"] as const)
      expect(made({ email }, { means, more: { purpose } }).email?.text).toBe("Hi there.");
  });
});

test("a provider's word on a click is known for one on a link of ours", () => {
  expect([`https://go.example.com/l/${TOKEN}`, WAY_OUT, `${WAY_OUT}?x`].map(isOwnLink)).toEqual([true, true, true]);
  expect(
    ["https://www.example.com/l/1", "https://www.example.com/u/about-us-and-our-team-of-many", undefined].map(
      isOwnLink,
    ),
  ).toEqual([false, false, false]);
});
