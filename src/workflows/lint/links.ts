// Links that texts call by name, `{{ link.booking }}`. Where one names nothing, a message has no text for that channel and
// the next one is tried; a text for people of the team has a hole.

import { isLinkName, LAST_FORM_LINK, USUAL_LINKS } from "../../kernel/links.ts";
import { didYouMean } from "../compile/diagnostic.ts";
import { fieldsIn, literally } from "../compile/text.ts";
import type { Check, Finding, Linted, Spot } from "./finding.ts";
import { allSteps, type PlacedStep, textsOf } from "./walk.ts";

export const checkLinks: Check = (linted) => {
  const named = [...toLeads(linted), ...toTeam(linted)].flatMap(linksIn);
  const uses = new Map<string, number>();
  for (const { link } of named) uses.set(link, (uses.get(link) ?? 0) + 1);
  return named.flatMap((one): Finding[] => {
    const found = one.asked ? undefined : fault(one, uses, linted.around.links);
    return found === undefined ? [] : [{ code: "unknown-link", spot: one.spot, ...found }];
  });
};

interface Text {
  readonly text: string;
  readonly spot: Spot;
  readonly reader: "lead" | "team";
}

const toLeads = (linted: Linted): readonly Text[] => [
  ...Object.values(linted.content.templates).flatMap((template) =>
    textsOf(template).map(({ keys, text }): Text => {
      return { text, spot: { section: "templates", id: template.id, keys }, reader: "lead" };
    }),
  ),
  ...allSteps(linted).flatMap(({ step, spot }): Text[] =>
    step.verb === "send" && step.subject !== undefined
      ? [{ text: step.subject, spot: { ...spot, keys: ["subject"] }, reader: "lead" }]
      : [],
  ),
];

const toTeam = (linted: Linted): readonly Text[] =>
  allSteps(linted).flatMap(({ step, spot }) =>
    Object.entries(saidToTeam(step)).flatMap(([key, said]) =>
      strings(said).map((text): Text => ({ text, spot: { ...spot, keys: [key] }, reader: "team" })),
    ),
  );

/** A step's texts for people and for other programs, by its keys. */
function saidToTeam(step: PlacedStep["step"]): Readonly<Record<string, unknown>> {
  switch (step.verb) {
    case "task":
      return { task: step.title, body: step.body };
    case "note":
      return { note: step.text };
    case "notify":
      return { message: step.message };
    case "opportunity":
      return { name: step.name };
    case "webhook":
      return { body: step.body };
    default:
      return {};
  }
}

function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

// What a text names -----------------------------------------------------------------------------------------------

interface Named {
  /** Without `link.`. */
  readonly link: string;
  readonly spot: Spot;
  readonly reader: Text["reader"];
  /** The text asks whether it is there before it says it, or says something in its place. */
  readonly asked: boolean;
}

const linksIn = ({ text, spot, reader }: Text): readonly Named[] =>
  text.includes("link")
    ? fieldsIn(text)
        .filter((name) => name.startsWith("link."))
        .map((name) => ({
          link: name.slice("link.".length),
          spot: { ...spot, word: name },
          reader,
          asked: isAsked(name, text),
        }))
    : [];

function isAsked(name: string, text: string): boolean {
  const word = `(?<![\\w.])${literally(name)}(?![\\w.]|-\\w)`;
  const times = (pattern: string) => text.match(new RegExp(pattern, "g"))?.length ?? 0;
  const said = times(`\\{[{%][^{}]*?${word}`);
  const answered = times(`\\{\\{-?\\s*${word}[^{}]*\\|\\s*default\\b`);
  return times(`\\{%-?\\s*(?:if|unless|elsif|case)\\b[^%]*${word}`) > 0 || (said > 0 && said === answered);
}

// What is wrong with it -------------------------------------------------------------------------------------------

function fault(
  { link, reader }: Named,
  uses: ReadonlyMap<string, number>,
  known: readonly string[] | undefined,
): Pick<Finding, "severity" | "message"> | undefined {
  const then = reader === "lead" ? "no text is made of this, and the next channel is tried" : "this text has a hole";
  if (link === LAST_FORM_LINK) {
    if (reader === "team") return undefined;
    const message = `link.${link} is not there for a lead whose last form has no link: ${then}. Ask first: {% if link.${link} %} … {% endif %}`;
    return { severity: "warning", message };
  }
  const others = [...uses.keys()].filter((name) => name !== link && isLinkName(name) && (uses.get(name) ?? 0) > 1);
  if (!isLinkName(link)) {
    const meant = link === "form" ? " Name the form: link.form.<name>." : didYouMean(link, [...USUAL_LINKS, ...others]);
    return { severity: "warning", message: `no link can be called "${link}": ${then}.${meant}` };
  }
  if (known !== undefined) {
    if (known.includes(link)) return undefined;
    const meant = didYouMean(link, known) || ` Set it: latchkey links set ${link} https://…`;
    return { severity: "warning", message: `the location has no link "${link}": ${then}.${meant}` };
  }
  // nobody has said of which location: only what looks like a slip of the pen
  if (USUAL_LINKS.includes(link) || uses.get(link) !== 1) return undefined;
  const meant = didYouMean(link, [...USUAL_LINKS, ...others]);
  if (meant === "") return undefined;
  return {
    severity: "info",
    message: `nothing else here names a link "${link}". Where there is none, ${then}.${meant}`,
  };
}
