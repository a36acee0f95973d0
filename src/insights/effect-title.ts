// What an effect did, as the title of a row: "Task made: call them", "Tags changed: + Hot", "Opted out".

import { blot } from "../kernel/blot.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { OutboxKind } from "../outreach/index.ts";
import type { Decision } from "./decision.ts";
import { plain } from "./values.ts";

/** What was asked for besides a message: a row of the outbox. */
export interface EffectFacts {
  readonly kind: string;
  readonly body: JsonObject;
}

type About = Pick<Decision, "kind" | "verdict" | "links"> & { readonly effect?: EffectFacts | undefined };

interface Title {
  readonly noun: string;
  readonly done: string;
  readonly what?: (body: JsonObject) => string | undefined;
}

/** By kind of effect; `what` reads its body. */
const TITLES: Readonly<Record<Exclude<OutboxKind, "message">, Title>> = {
  task: { noun: "Task", done: "made", what: ({ title, text }) => words(title ?? text) },
  note: { noun: "Note", done: "added" },
  tag: {
    noun: "Tags",
    done: "changed",
    what: ({ add, remove }) => [...signed(add, "+"), ...signed(remove, "−")].join(", "),
  },
  update: { noun: "Contact", done: "changed", what: changed },
  assign: { noun: "Agent", done: "assigned" },
  notify: { noun: "Notice", done: "given", what: ({ message }) => words(message) },
  opportunity: { noun: "Deal", done: "changed" },
  webhook: { noun: "Webhook", done: "sent" },
  highlevel_workflow: { noun: "Workflow of the CRM", done: "begun" },
  crm_trigger: { noun: "Workflow of the CRM", done: "told" },
  write_back: { noun: "Fields in the CRM", done: "written" },
};

const NAMED = /^(?:then|effect)\.([a-z_]+)$/;

/** Undefined where the decision is about no effect whose kind is known, nor about the lead's wish to be left alone. */
export function effectTitle({ kind: about, verdict, links, effect }: About): string | undefined {
  if (about !== "effect" && about !== "step") return undefined;
  const link = links.find(({ code }) => titleOf(NAMED.exec(code)?.[1]) !== undefined);
  const kind = effect?.kind ?? NAMED.exec(link?.code ?? "")?.[1];
  if (kind === undefined) {
    const wish = links.find(({ code }) => code.startsWith("consent."));
    if (wish === undefined) return undefined;
    if (wish.code === "consent.stands") return "Not written to again";
    return wish.code === "consent.opted_out" ? "Opted out" : "May be written to again";
  }
  const title = titleOf(kind);
  if (title === undefined) return undefined;
  const what = title.what?.({ ...effect?.body, ...link?.values });
  const became = verdict === "failed" || verdict === "undecided" ? "failed" : title.done;
  return `${title.noun} ${became}${what === undefined || what === "" ? "" : `: ${what}`}`;
}

const titleOf = (kind: string | undefined): Title | undefined =>
  kind !== undefined && Object.hasOwn(TITLES, kind) ? TITLES[kind as keyof typeof TITLES] : undefined;

const words = (text: unknown): string | undefined => (typeof text === "string" ? blot(text) : undefined);

const signed = (tags: unknown, sign: string): string[] =>
  Array.isArray(tags) ? tags.map((tag) => `${sign} ${String(tag)}`) : [];

/** The names of what was changed, never the values. */
function changed({ contact, dnd }: JsonObject): string {
  const fields = isObject(contact) ? Object.keys(contact) : [];
  return [...fields.map(plain), ...(dnd === undefined ? [] : ["do-not-disturb"])].join(", ");
}
