// Each check of the linter on a small folder: what it finds, where, and what it leaves alone.

import { describe, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import type { Surroundings } from "./finding.ts";
import { lint } from "./lint.ts";

const LIBRARY = `
templates:
  hello: { sms: Hello }
  mail: { email: { subject: Hi, body: Hello } }
`;

const AROUND: Surroundings = {
  tags: ["Qualified", "New"],
  pipelines: ["Buyers", "Sellers"],
  stages: [
    { pipeline: "Buyers", name: "Showing" },
    { pipeline: "Sellers", name: "Listed" },
  ],
  users: ["u1", "u2"],
  senders: ["+15125550181", "tessa@example.com"],
  fields: ["contact.budget_range"],
  crmWorkflows: ["call_new_buyer"],
  links: ["booking"],
};

/** Headlines of what is found in `a.yaml`, of these codes or of all. */
function found(text: string, codes?: readonly string[], around: Surroundings = AROUND): string[] {
  const files = [
    { file: "a.yaml", text },
    { file: "z.yaml", text: LIBRARY },
  ];
  const { content, diagnostics } = compile(files);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (content === undefined) throw new Error("there is no content");
  return lint(content, files, around)
    .filter(({ file, code }) => file === "a.yaml" && (codes === undefined || codes.includes(code)))
    .map(({ line, column, severity, code, message }) => `${line}:${column} ${severity} ${code} ${message}`);
}

const steps = (text: string) => `workflow: w\nsteps:\n  - ${text}\n`;

describe("against the location", () => {
  test.each([
    [
      "{ tag: { add: [Qualifed], remove: [New] } }",
      '3:20 warning unknown-tag the location has no tag "Qualifed". Did you mean "Qualified"? (Tags are created on first use.)',
    ],
    [
      "{ tag: Open house }",
      '3:12 info unknown-tag the location has no tag "Open house". (Tags are created on first use.)',
    ],
    ["{ tag: { remove: [Cold] } }", '3:23 warning unknown-tag the location has no tag "Cold".'],
    [
      "{ if: { contact.tags: { contains: Qualifed } }, note: x }",
      '3:39 warning unknown-tag the location has no tag "Qualifed". Did you mean "Qualified"?',
    ],
    [
      "{ opportunity: move, pipeline: Buyers, stage: Showings }",
      '3:51 error unknown-stage pipeline "Buyers" has no stage "Showings". Did you mean "Showing"?',
    ],
    [
      "{ opportunity: move, pipeline: Buyers, stage: Listed }",
      '3:51 error unknown-stage pipeline "Buyers" has no stage "Listed". It is a stage of "Sellers".',
    ],
    [
      "{ opportunity: create, pipeline: Buyer }",
      '3:38 error unknown-pipeline the location has no pipeline "Buyer". Did you mean "Buyers"?',
    ],
    ["{ task: Call, to: user.u3 }", '3:23 error unknown-user the location has no user "u3". Did you mean "u1"?'],
    [
      "{ highlevel_workflow: call_new_buyr }",
      '3:27 error unknown-crm-workflow the CRM has no workflow "call_new_buyr". Did you mean "call_new_buyer"?',
    ],
  ])("%s", (step, said) => {
    expect(found(steps(step))).toEqual([said]);
  });

  test("a sender is one of its people, or of what the settings name", () => {
    const from = (sender: string, settings = "") =>
      found(`${steps(`{ send: hello, from: ${sender} }`)}${settings}`, ["unknown-sender"]);
    expect(from("tessa@example.com")).toEqual([]);
    expect(from('"+15125550181"')).toEqual([]);
    expect(from('"+12125550150"')).toEqual([
      '3:26 error unknown-sender nobody at the location has the number "+12125550150". If it is the location\'s, name it: settings: { senders: { others: ["+12125550150"] } }',
    ]);
    expect(from('"+12125550150"', 'settings: { senders: { others: ["+12125550150"] } }\n')).toEqual([]);
    expect(from('"+12125550150"', 'settings: { senders: { sms: "+12125550150" } }\n')).toEqual([]);
    expect(found(steps('{ send: hello, from: "+12125550150" }'), ["unknown-sender"], {})).toEqual([]);
  });

  test("names are looked up as a message looks them up: case, spaces, _ and - make no other name", () => {
    const around = { ...AROUND, crmWorkflows: ["Call new buyer"] };
    const text = steps(
      "{ highlevel_workflow: call_new_buyer }\n  - { opportunity: move, pipeline: buyers, stage: SHOWING }",
    );
    expect(found(text, undefined, around)).toEqual([]);
    expect(found(steps("{ highlevel_workflow: call_old_buyer }"), undefined, around)).toHaveLength(1);
  });

  test("an attachment that is not beside the workflows is found; an https address is taken at its word", () => {
    const text =
      "templates:\n  g:\n    email: { subject: A, body: B, attach: [here.pdf, guides/gone.pdf, 'https://x.example.com/a.pdf'] }\n";
    const around = { ...AROUND, bytesOf: (name: string) => (name === "here.pdf" ? 9 : undefined) };
    expect(found(text, ["no-file"], around)).toEqual([
      '3:54 warning no-file there is no file "guides/gone.pdf" beside the workflows: the e-mail could not be sent. Put it there, or name an https address.',
    ]);
    expect(found(text, ["no-file"])).toEqual([]);
  });

  test("what is there is not found fault with, and where nothing is known nothing is checked", () => {
    const fine =
      "{ tag: { add: [qualified], remove: [New] } }\n  - { opportunity: move, pipeline: Buyers, stage: Showing }";
    expect(found(steps(fine))).toEqual([]);
    expect(found(steps("{ tag: Qualifed }\n  - { task: Call, to: user.u3 }"), undefined, {})).toEqual([]);
  });

  test("a tag that some workflow adds may be asked for", () => {
    expect(found(steps("{ tag: Warm }\n  - { if: { contact.tags: { contains: Warm } }, note: x }"))).toHaveLength(1);
  });

  test("fields, teams and templates of the library are looked up, too", () => {
    const text = [
      "fields: { contact.custom.budget: { type: money, crm: budget_rang } }",
      "settings: { teams: { buyers: [u1, u9] } }",
      "templates: { ring: { voice: { highlevel_workflow: call_owner } }, view: { whatsapp: { body: Hi, highlevel_workflow: wa } } }",
    ].join("\n");
    expect(found(text, ["unknown-crm-field", "unknown-user", "unknown-crm-workflow"])).toEqual([
      '1:54 warning unknown-crm-field the location has no custom field "budget_rang", so contact.custom.budget is always empty. Did you mean "budget_range"?',
      '2:35 error unknown-user the location has no user "u9". Did you mean "u1"?',
      '3:51 error unknown-crm-workflow the CRM has no workflow "call_owner". Map it: settings: { highlevel_workflows: { call_owner: <id> } }',
      '3:117 error unknown-crm-workflow the CRM has no workflow "wa". Map it: settings: { highlevel_workflows: { wa: <id> } }',
    ]);
  });
});

describe("circles through events", () => {
  const pair = (again: string) => `
workflow: a
enroll: { when: { tag.added: { tag: One } }, again: always }
steps: [{ id: x, tag: Two }]
---
workflow: b
enroll: { when: { tag.added: { tag: two } }, again: ${again} }
steps: [{ id: y, tag: One }]
`;
  test("two workflows that answer each other's tags are told once", () => {
    expect(found(pair("after 1d"), ["event-cycle"], {})).toEqual([
      '4:9 warning event-cycle a lead can go round for ever: "a" adds the tag "Two", "b" adds the tag "One". Break it with "again: never", or an "if" on one of them.',
    ]);
  });

  test("a workflow that a lead enters once ends the circle", () => {
    expect(found(pair("never"), ["event-cycle"], {})).toEqual([]);
  });

  test.each([
    [
      "an event of our own",
      "events: { tour.asked: {} }\n---\nworkflow: a\nenroll: { when: tour.asked, again: always }\nsteps: [{ id: x, emit: tour.asked }]",
      '"a" emits tour.asked',
    ],
    [
      "a rule that fires at it",
      "events: { tour.asked: { weight: 0.5 } }\ntriggers: { keen: { when: { behavior.tour.asked: { count: 1, within: 1d } }, cooldown: 1h } }\n---\nworkflow: a\nenroll: { when: trigger.keen, again: always }\nsteps: [{ id: x, emit: tour.asked }]",
      '"a" emits tour.asked, at which the rule "keen" fires',
    ],
    [
      "a segment that reads the tag",
      "segments: { warm: { if: { contact.tags: { contains: Warm } } } }\n---\nworkflow: a\nenroll: { when: { segment.entered: { segment: warm } }, again: always }\nsteps: [{ id: x, tag: { remove: [Warm] } }, { id: y, tag: Warm }]",
      '"a" changes who is in the segment "warm"',
    ],
    [
      "a field that is updated",
      "fields: { contact.custom.step: { type: text } }\n---\nworkflow: a\nenroll: { when: field.changed, again: always }\nsteps: [{ id: x, update: { contact.custom.step: two } }]",
      '"a" updates contact.custom.step',
    ],
  ])("through %s", (_, text, said) => {
    const [only, ...others] = found(text, ["event-cycle"], {});
    expect(others).toEqual([]);
    expect(only).toContain(said);
  });
});

describe("two workflows that write at the same time", () => {
  const pair = (one: string, other: string) =>
    `workflow: a\nenroll: { when: contact.created${one} }\nsteps: [{ id: x, send: hello }]\n---\nworkflow: b\nenroll: { when: { tag.added: { tag: Buyer } }${other} }\nsteps: [{ id: w, wait: 2m }, { id: y, send: hello }]\n`;

  test("a contact and its tags arrive together", () => {
    expect(found(pair("", ""), ["may-double-text"], {})).toEqual([
      '6:1 info may-double-text "a" may write to the same lead within minutes: contact.created and tag.added arrive together. Give both a "group", or exclude one by "if".',
    ]);
  });

  test.each([
    [
      "conditions that exclude each other",
      ", if: { contact.tags: { contains: Buyer } }",
      ", if: { contact.tags: { not_contains: Buyer } }",
    ],
    ["different values of one fact", ", if: { contact.source: Zillow }", ", if: { contact.source: [Realtor.com] }"],
  ])("not with %s", (_, one, other) => {
    expect(found(pair(one, other), ["may-double-text"], {})).toEqual([]);
  });

  test("not in one group", () => {
    const text = pair("", "").replaceAll("\nenroll", "\ngroup: nurture\nenroll");
    expect(found(text, ["may-double-text"], {})).toEqual([]);
  });

  test("a rule fires at the event that the other answers", () => {
    const text =
      "triggers: { spike: { when: { behavior.property_view: { count: 3, within: 1d } }, cooldown: 1d } }\n---\nworkflow: a\nenroll: { when: property_view }\nsteps: [{ id: x, send: hello }]\n---\nworkflow: b\nenroll: { when: trigger.spike }\nsteps: [{ id: y, send: hello }]\n";
    expect(found(text, ["may-double-text"], {})[0]).toContain(
      'the rule "spike" fires at an event that the other answers',
    );
  });
});

describe("a workflow that keeps writing", () => {
  const two = "steps: [{ id: x, send: hello }, { id: v, wait: 2d }, { id: y, send: mail }]";
  test("when the lead has answered", () => {
    expect(found(`workflow: w\n${two}`, ["no-exit"], {})).toEqual([
      '1:11 info no-exit "w" keeps writing when the lead has answered. End it: exit: [{ when: message.replied }]',
    ]);
  });

  test.each([
    ["an exit", "exit: [{ when: message.replied }]"],
    ["a goal", "goal: { when: appointment.booked }"],
    ["a pause", "pause: [{ when: agent.contacted, for: 3d }]"],
  ])("not with %s", (_, key) => {
    expect(found(`workflow: w\n${key}\n${two}`, ["no-exit"], {})).toEqual([]);
  });

  test("one message is none too many", () => {
    expect(found("workflow: w\nsteps: [{ id: x, send: hello }]", ["no-exit"], {})).toEqual([]);
  });
});

describe("a reply to nobody", () => {
  const step = "steps: [{ id: x, send: hello, purpose: reply }]";
  test("is what nothing the lead says begins", () => {
    for (const keys of ["", "exit: [{ when: message.replied }]\n"])
      expect(
        found(`workflow: w\nenroll: { when: contact.created }\n${keys}${step}`, ["reply-unasked"], {}),
      ).toHaveLength(1);
  });

  test.each([
    ["what they wrote", `enroll: { when: message.received }\n${step}`],
    ["a form", `enroll: { when: [contact.created, form.submitted] }\n${step}`],
    ["a call that nobody took", `enroll: { when: call.missed }\n${step}`],
    [
      "what is waited for",
      `enroll: { when: contact.created }\nsteps: [{ id: w, wait_for: message.received, within: 1d, then: [{ id: x, send: hello, purpose: reply }] }]`,
    ],
    ["what a person enrolls for", step],
  ])("is not an answer to %s", (_, text) => {
    expect(found(`workflow: w\n${text}`, ["reply-unasked"], {})).toEqual([]);
  });
});

describe("sends that starve", () => {
  const codes = ["starved-send", "short-hold"];
  test("at a time when quiet hours hold for longer than the message waits", () => {
    const text = `workflow: w\nsteps:\n  - { id: late, wait: { until: "21:30" } }\n  - { id: x, send: hello, hold: 2h }\n`;
    expect(found(text, codes, {})).toEqual([
      "4:27 warning starved-send at 21:30 quiet hours hold for 10h30m more, longer than hold: 2h; this message always expires.",
    ]);
  });

  test("at any time, when the hold is shorter than the night", () => {
    const [only] = found("workflow: w\nsteps: [{ id: x, send: hello, hold: 2h }]", codes, {});
    expect(only).toMatch(
      /^2:31 warning short-hold a message that falls into quiet hours may wait 11h, longer than hold: 2h\./,
    );
  });

  test.each([
    ["a hold longer than the night", "{ id: x, send: hello, hold: 12h }"],
    ["an e-mail", "{ id: x, send: mail, hold: 2h }"],
    ["a branch that says what then", "{ id: x, send: hello, hold: 2h, if_expired: [{ tag: late }] }"],
    ["a time of day when messages may leave", '{ id: v, wait: { until: "10:00" } }, { id: x, send: hello, hold: 2h }'],
    ["business hours", "{ id: v, wait: { for: 1h, during: business_hours } }, { id: x, send: hello, hold: 2h }"],
  ])("not with %s", (_, list) => {
    expect(found(`workflow: w\nsteps: [${list}]`, codes, {})).toEqual([]);
  });

  test("quiet hours that hold for e-mail count for it, the house's night does not", () => {
    const late = (settings: string) =>
      found(`workflow: w\nsteps: [{ id: x, send: mail, hold: 2h }]\n---\nsettings: { ${settings} }`, codes, {});
    expect(late('quiet_hours: "21:00-08:00"')).toEqual([]);
    expect(late("email_quiet_hours: true")).toEqual([]);
    expect(late('quiet_hours: "22:00-06:00", email_quiet_hours: true')[0]).toContain(
      "may wait 8h, longer than hold: 2h",
    );
  });

  test("wider quiet hours of the workflow count", () => {
    const text = 'workflow: w\nquiet_hours: "18:00-10:00"\nsteps: [{ id: x, send: hello, hold: 15h }]';
    expect(found(text, codes, {})[0]).toContain("may wait 16h, longer than hold: 15h");
  });

  test("a cap that the messages before have used up", () => {
    const text = `workflow: w
caps: { sms: 1 per 7d }
steps:
  - { id: a, send: hello }
  - { id: v, wait: 1d }
  - { id: b, send: hello }
`;
    expect(found(text, codes, {})).toEqual([
      "6:5 warning starved-send the cap sms: 1 per 7d leaves no room: the messages before hold this one for 6d, longer than hold: 3d, and it expires.",
    ]);
    expect(found(text.replace("1d }", "5d }"), codes, {})).toEqual([]);
    expect(found(text.replace("1 per 7d", "2 per 7d"), codes, {})).toEqual([]);
    expect(found(text.replace("{ id: a, ", "{ id: a, if: { contact.city: Austin }, "), codes, {})).toEqual([]);
  });

  test("a loop faster than its cap", () => {
    const text =
      "workflow: w\ncaps: { all: 1 per 10d }\nsteps: [{ id: l, do: [{ id: n, send: hello }], repeat: 3, every: 1d }]";
    expect(found(text, codes, {})).toHaveLength(1);
  });
});

describe("files of a text", () => {
  const codes = ["no-file", "mms-kind", "mms-size"];
  const of = (attach: string, sizes: Readonly<Record<string, number>> = {}) =>
    found(`templates:\n  t: { sms: { body: A, attach: [${attach}] } }\n`, codes, { bytesOf: (name) => sizes[name] });

  test("lie beside the workflows, or the text could not be sent", () => {
    expect(of("gone.jpg")).toEqual([
      '2:33 warning no-file there is no file "gone.jpg" beside the workflows: the text could not be sent. Put it there, or name an https address.',
    ]);
    expect(of("here.jpg", { "here.jpg": 9 })).toEqual([]);
  });

  test("of other kinds than pictures are told apart: shown by some phones, dropped when they are large, refused", () => {
    const sizes = { "a.pdf": 600_000, "b.pdf": 600_001, "c.zip": 9 };
    expect(of("a.pdf, b.pdf, c.zip, 'https://x.example.com/d.mp4?v=2.jpg'", sizes)).toEqual([
      '2:33 info mms-kind "a.pdf" is passed on as it is, and not every phone shows it. JPEG, PNG and GIF are made to fit.',
      '2:40 warning mms-size "b.pdf" has 601 KB, and carriers drop what is no JPEG, PNG or GIF above about 600 KB. Send a link to it instead.',
      '2:47 warning mms-kind carriers may refuse a text with "c.zip". JPEG, PNG and GIF reach every phone; anything else is safer as a link.',
      '2:54 info mms-kind "https://x.example.com/d.mp4?v=2.jpg" is passed on as it is, and not every phone shows it. JPEG, PNG and GIF are made to fit.',
    ]);
    expect(of("'https://x.example.com/files/7'")).toEqual([]);
  });

  test("have five megabytes together at most", () => {
    const sizes = { "a.jpg": 2_500_000, "b.PNG": 2_500_000, "c.jpeg": 1 };
    expect(of("a.jpg, b.PNG", sizes)).toEqual([]);
    expect(of("a.jpg, b.PNG, c.jpeg", sizes)).toEqual([
      "2:24 warning mms-size the files of this text have 5.1 MB together, and providers refuse more than 5.0 MB. Make them smaller.",
    ]);
  });
});

describe("links that name nothing", () => {
  const of = (text: string, links?: readonly string[]) =>
    found(text, ["unknown-link"], links === undefined ? {} : { links });
  const sms = (text: string) => `templates: { t: { sms: "${text}" } }`;

  test("are those the location does not have, each with what was meant, or how to set it", () => {
    expect(of(sms("Book: {{ link.booking }} or {{ link.book }}"), ["booking"])).toEqual([
      '1:56 warning unknown-link the location has no link "book": no text is made of this, and the next channel is tried. Set it: latchkey links set book https://…',
    ]);
    expect(of(sms("{{ link.bookng }}"), ["booking"])).toEqual([
      '1:28 warning unknown-link the location has no link "bookng": no text is made of this, and the next channel is tried. Did you mean "booking"?',
    ]);
    expect(of(sms("{{ link.booking }}"), [])).toHaveLength(1);
    expect(of(sms("{{ link.booking }}"), ["booking"])).toEqual([]);
  });

  test("are found wherever a text may name them, e-mail's subject and a step's own among them", () => {
    const letter =
      'templates: { t: { email: { subject: "{{ link.a }}", body: "{% assign x = link.b %}", html: "{{ link[\'c\'] }}" } } }';
    expect(of(letter, []).map((one) => one.slice(0, 5))).toEqual(["1:41 ", "1:74 ", "1:92 "]);
    expect(of(sms("{{ with.x | default: link.d }}"), [])).toHaveLength(1);
    const mail = "templates: { m: { email: { subject: A, body: B } } }\n---\n";
    expect(of(`${mail}${steps('{ send: m, subject: "{{ link.e }}" }')}`, [])[0]).toContain(
      'no link "e": no text is made',
    );
    expect(of("templates: { t: { sms: { body: '{{ link.f }}' } } }", [])[0]).toContain("1:36 ");
  });

  test("leave a hole in what people of the team are told", () => {
    const [task, body, note] = of(
      steps('{ task: "See {{ link.a }}", body: "{{ link.b }}", due: 1h }\n  - { note: "{{ link.c }}" }'),
      [],
    );
    expect(task).toContain('the location has no link "a": this text has a hole.');
    expect([body, note]).toEqual([expect.stringContaining('"b"'), expect.stringContaining('"c"')]);
    const rule =
      'triggers: { r: { when: { behavior.property_view: { count: 3, within: 7d } }, cooldown: 7d, do: [{ notify: owner, message: "{{ link.d }}" }] } }';
    expect(of(rule, [])[0]).toContain('no link "d": this text has a hole');
  });

  test("are no fault of a text that asks for them first", () => {
    expect(of(sms("{% if link.booking %}{{ link.booking }}{% endif %}"), [])).toEqual([]);
    expect(of(sms("{{ link.booking | default: 'just answer' }}"), [])).toEqual([]);
    expect(of(sms("{{ link.booking | default: 'just answer' }} {{ link.booking }}"), [])).toHaveLength(1);
    expect(of(sms("{% if link.booking2 %}{{ link.booking }}{% endif %}"), ["booking2"])).toHaveLength(1);
  });

  test("are told by their names alone where no location is asked: what none can be called, and slips of the pen", () => {
    expect(of(sms("{{ link.Booking }} {{ link.form }}"))).toEqual([
      '1:28 warning unknown-link no link can be called "Booking": no text is made of this, and the next channel is tried. Did you mean "booking"?',
      '1:47 warning unknown-link no link can be called "form": no text is made of this, and the next channel is tried. Name the form: link.form.<name>.',
    ]);
    for (const name of ["book(", "a*b", "c[", "d+"])
      expect(of(sms(`{{ link['${name}'] }}`))[0]).toContain(`no link can be called "${name}"`);
    expect(of(sms("{{ link.bookng }}"))).toEqual([
      '1:28 info unknown-link nothing else here names a link "bookng". Where there is none, no text is made of this, and the next channel is tried. Did you mean "booking"?',
    ]);
    const survey = (name: string) => `{{ link.form.${name} }}`;
    const two = `a: { sms: "${survey("seller_survey")}" }, b: { sms: "${survey("seller_survey")}" }`;
    expect(of(`templates: { ${two}, c: { sms: "${survey("seler_survey")}" } }`)[0]).toContain(
      'Did you mean "form.seller_survey"?',
    );
    expect(of(`templates: { ${two}, c: { sms: "${survey("open_house")}" } }`)).toEqual([]);
    expect(of(sms("{{ link.booking }} {{ link.listings }}"))).toEqual([]);
  });

  test("may be that of the form a lead began last, wherever nobody asks for it first", () => {
    const bare = sms("Your form: {{ link.form.last }}");
    expect(of(bare)[0]).toContain("1:39 warning unknown-link link.form.last is not there");
    expect(of(bare, ["form.last"])).toHaveLength(1);
    expect(of(sms("Saved{% if link.form.last %}: {{ link.form.last }}{% endif %}"), [])).toEqual([]);
  });
});

describe("merge fields that come out empty", () => {
  test("dates of an appointment that there may not be", () => {
    const plain = 'templates: { t: { sms: "See you {{ appointment.start }}" } }';
    expect(found(plain, ["may-be-empty"])[0]).toContain(
      "1:36 info may-be-empty appointment.start is empty for a lead without an appointment.",
    );
    const asked = 'templates: { t: { sms: "{% if appointment.start %}See you {{ appointment.start }}{% endif %}" } }';
    expect(found(asked, ["may-be-empty"])).toEqual([]);
  });

  test("values that a send does not give", () => {
    const text =
      'templates: { t: { sms: "{{ with.offer }}" } }\n---\nworkflow: w\nsteps:\n  - { id: a, send: t, with: { ofer: spring } }\n  - { id: b, send: t, with: { offer: spring } }\n';
    expect(found(text, ["missing-value"])).toEqual([
      '5:14 warning missing-value template "t" says {{ with.offer }}, and this send gives no "offer". Did you mean "ofer"?',
    ]);
  });
});

test("what is never used", () => {
  const text = `
templates: { spare: { sms: Hi } }
segments: { luxury: { if: { contact.city: Austin } }, used: { if: { contact.city: Dallas } } }
triggers:
  idle: { when: { lead.idle: { at_least: 7d } }, cooldown: 1d }
  heard: { when: { lead.idle: { at_least: 7d } }, cooldown: 1d }
  acts: { when: { lead.idle: { at_least: 7d } }, cooldown: 1d, do: [{ note: quiet }] }
experiments: { none: { variants: { a: 50, b: 50 }, control: a, metric: { when: message.replied, within: 7d } } }
---
workflow: w
enroll: { when: trigger.heard, if: { segment: used } }
steps: [{ id: x, send: hello }]
`;
  expect(found(text, undefined, {})).toEqual([
    '2:14 info unused-template template "spare" is never used: no workflow sends it.',
    '3:13 info unused-segment segment "luxury" is never used: no condition and no event names it.',
    '5:3 info unused-trigger trigger "idle" is never used: it does nothing, and nothing answers it.',
    '8:16 info unused-experiment experiment "none" is never used: no workflow tests it.',
  ]);
});
