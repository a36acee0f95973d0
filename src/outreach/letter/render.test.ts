import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Template } from "../../workflows/index.ts";
import { openRenderer } from "./render.ts";

const values = {
  contact: { first_name: "José", name: "José <b>Ruiz</b>", custom: { budget: 450000 } },
  agent: { first_name: "Ana" },
  appointment: { start: Date.UTC(2026, 10, 24, 16, 30) },
  link: { booking: "https://homes.example.com/book?a=1&b=2" },
  offer: "spring",
};
const template = (parts: Partial<Template>): Template => ({
  id: "t",
  order: ["sms"],
  hash: JSON.stringify(parts),
  ...parts,
});
const { message, text } = openRenderer();
const sms = (body: string) => message(template({ sms: body }), "sms", values, "America/New_York");
const failed = (result: unknown) => (result as { failed?: string }).failed;

describe("a template's text for a lead", () => {
  test("fills merge fields as HighLevel writes them", () => {
    expect(sms("Hi {{contact.first_name}}, it's {{ agent.first_name }}.")).toMatchObject({
      text: "Hi José, it's Ana.",
    });
  });

  test("fills nothing where a field is empty, or the default", () => {
    expect(sms("Hi {{ contact.last_name | default: 'there' }}{{ contact.nope.deeper }}!")).toMatchObject({
      text: "Hi there!",
    });
  });

  test("takes a step's own values", () => {
    expect(sms("The {{ offer }} offer")).toMatchObject({ text: "The spring offer" });
  });

  test.each([
    ["l h:mm a", "Tuesday 11:30 am"],
    ["%A, %B %e at %l:%M %p", "Tuesday, November 24 at 11:30 AM"],
    ["YYYY-MM-DD HH:mm", "2026-11-24 11:30"],
  ])("tells dates in the lead's zone: %s", (format, expected) => {
    expect(sms(`{{ appointment.start | date: '${format}' }}`)).toMatchObject({ text: expected });
  });

  test("a date without a time is the same day in every zone", () => {
    expect(text("{{ '2026-03-01' | date: 'MMMM D' }}", {}, "Pacific/Honolulu")).toBe("March 1");
  });

  test("counts a text's parts with the words HighLevel appends, after writing it in GSM-7", () => {
    expect(sms(`“${"a".repeat(113)}”`)).toMatchObject({ segments: 1, encoding: "gsm7" });
    expect(sms(`“${"a".repeat(114)}”`)).toMatchObject({ segments: 2, encoding: "gsm7" });
    expect(sms("á")).toMatchObject({ encoding: "ucs2" });
  });

  test("writes an e-mail's HTML from its text, escaped, with links", () => {
    const mail = template({
      email: {
        subject: "For {{ contact.name }}\n",
        body: "Dear {{ contact.name }},\nhello.\n\nBook: {{ link.booking }}.",
      },
    });
    expect(message(mail, "email", values, "UTC")).toEqual({
      channel: "email",
      subject: "For José <b>Ruiz</b>",
      text: "Dear José <b>Ruiz</b>,\nhello.\n\nBook: https://homes.example.com/book?a=1&b=2.",
      html:
        "<p>Dear José &lt;b&gt;Ruiz&lt;/b&gt;,<br>\nhello.</p>\n" +
        '<p>Book: <a href="https://homes.example.com/book?a=1&amp;b=2">https://homes.example.com/book?a=1&amp;b=2</a>.</p>',
    });
  });

  test("escapes fields in HTML and makes the text from it", () => {
    const mail = template({ email: { subject: "Hi", html: "<p>Dear {{ contact.name }},</p><p>bye</p>" } });
    expect(message(mail, "email", values, "UTC")).toMatchObject({
      html: "<p>Dear José &lt;b&gt;Ruiz&lt;/b&gt;,</p><p>bye</p>",
      text: "Dear José <b>Ruiz</b>,\nbye",
    });
  });
});

describe("how long a rendering takes", () => {
  test("changes nothing of the text: the same facts make the same one on a busy machine", () => {
    let elapsed = 0;
    const busy = vi.spyOn(performance, "now").mockImplementation(() => (elapsed += 1_000));
    onTestFinished(() => busy.mockRestore());
    expect(sms("Hi {{ contact.first_name }}, {% if offer %}the {{ offer }} offer{% endif %}")).toMatchObject({
      text: "Hi José, the spring offer",
    });
  });

  test("is bounded all the same, by the parts it goes through: loops over a lead's own lists are", () => {
    const list = "x".repeat(40).split("");
    const nested = ["a", "b", "c", "d"].reduce((body, name) => `{% for ${name} in list %}${body}{% endfor %}`, "");
    expect(text(nested, { list }, "UTC")).toEqual({ failed: expect.stringContaining("more than 100000 parts") });
    expect(text("{% for a in list %}{{ a }}{% endfor %}", { list }, "UTC")).toBe("x".repeat(40));
  });
});

describe("a template that goes wrong", () => {
  test.each([
    ["a tag that reads files", "{% include 'secrets' %}"],
    ["a layout", "{% layout 'x' %}"],
    ["an unknown filter", "{{ contact.name | shout }}"],
    ["a loop without end", "{% for i in (1..900000000) %}x{% endfor %}"],
    ["loops in loops", "{% for i in (1..9000) %}{% for j in (1..9000) %}x{% endfor %}{% endfor %}"],
    ["a text too long to send", "{% for i in (1..2000) %}x{% endfor %}"],
    ["an empty text", "  {{ contact.nothing }} "],
    ["broken braces", "{{ contact.name"],
  ])("%s fails with a reason, and does not throw", (_name, body) => {
    expect(failed(sms(body))).toMatch(/./);
  });

  test.each(["include", "render", "layout", "block"])("there is no tag %s", (tag) => {
    expect(failed(sms(`{% ${tag} 'x' %}`))).toMatch(`tag "${tag}" not found`);
  });

  test.each(["'now' | date_to_xmlschema", "'a,b' | split: ',' | sample"])(
    "chance and the clock are no filter: %s",
    (body) => {
      expect(failed(sms(`{{ ${body} }}`))).toMatch("undefined filter");
    },
  );

  test("the reason quotes neither the lead's values nor the template's text", () => {
    expect(failed(sms("Secret words {{ contact.first_name | shout }}"))).not.toMatch(/José|Secret/);
  });

  test("a channel without a body is a failure", () => {
    expect(failed(message(template({ sms: "x" }), "email", values, "UTC"))).toBe("template t has no email body");
  });

  test("fields never reach the prototype", () => {
    expect(sms("[{{ contact.constructor.name }}{{ contact.__proto__ }}]")).toMatchObject({ text: "[]" });
  });
});
