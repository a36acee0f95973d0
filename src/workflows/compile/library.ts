// The library sections of a document that need no other: templates, fields, events.

import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Template } from "../plan.ts";
import type { Report } from "./diagnostic.ts";
import { type Names, scopeOf } from "./names.ts";
import { asMap, checkId, checkKeys, claimId, DOTTED, given, textOf, wordOf, wordsOf } from "./shape.ts";
import { type Entry, entryOf, isText, type Node, type Source } from "./source.ts";
import { FIELD_TYPES, type Subject, type SubjectType } from "./subjects.ts";
import { checkText } from "./text.ts";

export interface Library {
  readonly report: Report;
  readonly names: Names;
  readonly source: Source;
}

export const CHANNELS: readonly ChannelName[] = ["email", "sms", "whatsapp", "voice"];
const MOST_FILES = 10;

// Templates ------------------------------------------------------------------------------------------------------

export function declareTemplates(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"templates"', report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!checkId(key, place, report)) continue;
    if (!claimId("template", { key, place }, names.templates, report)) continue;
    const bodies = asMap(value, `template "${key}"`, report);
    if (bodies === undefined) continue;
    checkKeys(bodies, "a template", [...CHANNELS, "name"], report);
    const order = bodies.entries.map((entry) => entry.key).filter((body) => CHANNELS.includes(body as ChannelName));
    if (order.length === 0) {
      report.error("no-body", place, `template "${key}" has no body. Give it one of: ${CHANNELS.join(", ")}.`);
    }
    const content = given<Pick<Template, "sms" | "smsAttach" | "email" | "whatsapp" | "whatsappWorkflow" | "voice">>({
      ...smsOf(entryOf(bodies, "sms"), report),
      email: emailOf(entryOf(bodies, "email"), report),
      ...whatsappOf(entryOf(bodies, "whatsapp"), report),
      voice: voiceOf(entryOf(bodies, "voice"), report),
    });
    const hash = sha256(canonicalJson(content));
    names.templates.set(key, { place, template: { id: key, ...content, order: order as ChannelName[], hash } });
  }
}

/** Free text, or `sms: { body: "The floor plan.", attach: [plan.jpg] }`. A text without words could not be looked up. */
function smsOf(entry: Entry | undefined, report: Report): Pick<Template, "sms" | "smsAttach"> {
  if (entry?.value.kind !== "map") return given({ sms: textOf(entry, report)?.value });
  checkKeys(entry.value, '"sms"', ["body", "attach"], report);
  const smsAttach = attachmentsOf(entryOf(entry.value, "attach"), "a text", report);
  const body = entryOf(entry.value, "body");
  if (body === undefined) report.error("no-body", entry.place, 'a text needs a "body", also beside a file.');
  return given({ sms: textOf(body, report)?.value, smsAttach });
}

/** Free text, or `whatsapp: { body: Hello, highlevel_workflow: hello_template }`: the CRM's workflow that sends a template. */
function whatsappOf(entry: Entry | undefined, report: Report): Pick<Template, "whatsapp" | "whatsappWorkflow"> {
  if (entry?.value.kind !== "map") return given({ whatsapp: textOf(entry, report)?.value });
  const keys = ["body", "highlevel_workflow"];
  const attach = entryOf(entry.value, "attach");
  if (attach !== undefined) {
    const message =
      '"attach" is not a key of "whatsapp": the CRM shows such a file and does not deliver it. Attach it to sms or email, or have the CRM\'s own workflow send it.';
    report.error("unknown-key", attach.place, message);
    keys.push("attach");
  }
  checkKeys(entry.value, '"whatsapp"', keys, report);
  const workflow = textOf(entryOf(entry.value, "highlevel_workflow"), report)?.value;
  if (workflow === undefined || workflow.trim() === "") {
    const message =
      '"whatsapp" takes a text, or { body: <text>, highlevel_workflow: <name> }: the CRM workflow that sends a template outside the window';
    report.error("bad-value", entry.value.place, message);
    return {};
  }
  return given({ whatsapp: textOf(entryOf(entry.value, "body"), report)?.value, whatsappWorkflow: workflow });
}

/** A call is made by a workflow of the CRM: `voice: { highlevel_workflow: call_new_buyer }`. */
function voiceOf(entry: Entry | undefined, report: Report): Template["voice"] {
  if (entry === undefined) return undefined;
  const map = entry.value.kind === "map" ? entry.value : undefined;
  if (map !== undefined) checkKeys(map, '"voice"', ["highlevel_workflow"], report);
  const name = textOf(map === undefined ? undefined : entryOf(map, "highlevel_workflow"), report)?.value;
  if (name !== undefined && name.trim() !== "") return { highlevelWorkflow: name };
  const message = '"voice" takes the CRM workflow that makes the call: { highlevel_workflow: <name> }';
  return report.error("bad-value", entry.value.place, message);
}

function emailOf(entry: Entry | undefined, report: Report): Template["email"] {
  if (entry === undefined) return undefined;
  const map = asMap(entry.value, '"email"', report);
  if (map === undefined) return undefined;
  checkKeys(map, "an e-mail", ["subject", "body", "html", "attach"], report);
  const attach = attachmentsOf(entryOf(map, "attach"), "an e-mail", report);
  const subject = textOf(entryOf(map, "subject"), report)?.value;
  const body = textOf(entryOf(map, "body"), report)?.value;
  const html = textOf(entryOf(map, "html"), report)?.value;
  if (entryOf(map, "subject") === undefined) {
    return report.error("no-subject", entry.place, 'an e-mail needs a "subject".');
  }
  if (entryOf(map, "body") === undefined && entryOf(map, "html") === undefined) {
    return report.error("no-body", entry.place, 'an e-mail needs a "body", or "html".');
  }
  if (subject === undefined) return undefined;
  return { subject, ...given<Omit<NonNullable<Template["email"]>, "subject">>({ body, html, attach }) };
}

/** Names of files beside the workflows, or https addresses. */
function attachmentsOf(entry: Entry | undefined, what: string, report: Report): readonly string[] | undefined {
  if (entry === undefined) return undefined;
  const files = wordsOf(entry, report);
  if (files.length > MOST_FILES) {
    report.error("too-many-files", entry.value.place, `${what} carries at most ${MOST_FILES} files.`);
  }
  for (const { value, place } of files) {
    if (/^http:/i.test(value)) report.error("insecure-url", place, "attachments must be https.");
    else if (/^https:/i.test(value) && !(/^https:\/\/[^/?#]/i.test(value) && URL.canParse(value)))
      report.error("bad-value", place, "an address is https:// and a host: https://files.example.com/plan.pdf");
    else if (value.trim() === "" || value.includes("{{")) report.error("bad-value", place, "a file has a plain name.");
  }
  return files.map(({ value }) => value);
}

/** A second pass, once every field of the folder is known. */
export function checkTemplates(section: Node, { report, names, source }: Library): void {
  const scope = scopeOf("enroll", report, names);
  const check = (node: Node | undefined) => {
    if (node !== undefined && isText(node)) checkText(node, { scope, source });
  };
  if (section.kind !== "map") return;
  for (const { value } of section.entries) {
    if (value.kind !== "map") continue;
    const sms = entryOf(value, "sms")?.value;
    check(sms?.kind === "map" ? entryOf(sms, "body")?.value : sms);
    const whatsapp = entryOf(value, "whatsapp")?.value;
    check(whatsapp?.kind === "map" ? entryOf(whatsapp, "body")?.value : whatsapp);
    const email = entryOf(value, "email")?.value;
    if (email?.kind === "map") for (const part of email.entries) check(part.value);
  }
}

// Fields and events ----------------------------------------------------------------------------------------------

/** The type a field's values have in a condition: the CRM keeps dates as midnights. */
const SUBJECT_TYPES: Readonly<Record<string, SubjectType>> = {
  text: "text",
  number: "number",
  money: "money",
  boolean: "boolean",
  date: "day",
  list: "list",
};

export function declareFields(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"fields"', report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!DOTTED.test(key) || !key.startsWith("contact.")) {
      report.error("bad-id", place, "a field is named contact.custom.<name>.");
      continue;
    }
    if (!claimId("field", { key, place }, names.fields, report)) continue;
    const field = asMap(value, `field "${key}"`, report);
    if (field === undefined) continue;
    checkKeys(field, "a field", ["type", "crm", "name", "about"], report);
    const type = wordOf(entryOf(field, "type"), FIELD_TYPES, report);
    if (entryOf(field, "type") === undefined) {
      report.error("no-type", place, `a field needs "type": ${FIELD_TYPES.join(", ")}.`);
    }
    const crm = textOf(entryOf(field, "crm"), report)?.value;
    const declared = type ?? "text";
    const subject: Subject = { type: SUBJECT_TYPES[declared] ?? "text", optional: true };
    names.fields.set(key, { ...subject, place, declared, ...given<{ crm?: string }>({ crm }) });
  }
}

export function declareEvents(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"events"', report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!DOTTED.test(key) || /^(crm|trigger)\./.test(key)) {
      report.error("bad-id", place, "an event is named by a noun, then what happened: open_house.visited.");
      continue;
    }
    if (!claimId("event", { key, place }, names.events, report)) continue;
    const event = asMap(value, `event "${key}"`, report);
    if (event === undefined) continue;
    checkKeys(event, "an event", ["weight", "impact", "properties", "name", "about"], report);
    const weight = numberOf(entryOf(event, "weight"), 0, 1, report);
    const impact = numberOf(entryOf(event, "impact"), -1, 1, report);
    const properties = propertiesOf(entryOf(event, "properties"), report);
    names.events.set(key, { place, properties, ...given<{ weight?: number; impact?: number }>({ weight, impact }) });
  }
}

function propertiesOf(entry: Entry | undefined, report: Report): Readonly<Record<string, string>> {
  const map = entry === undefined ? undefined : asMap(entry.value, '"properties"', report);
  const properties: [string, string][] = [];
  for (const property of map?.entries ?? []) {
    if (!DOTTED.test(property.key)) {
      report.error("bad-id", property.place, "a property is named by words joined with dots: property.id.");
      continue;
    }
    const type = wordOf({ ...property, key: "properties" }, FIELD_TYPES, report);
    if (type !== undefined) properties.push([property.key, type]);
  }
  return Object.fromEntries(properties);
}

function numberOf(entry: Entry | undefined, low: number, high: number, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const value = entry.value.kind === "scalar" ? entry.value.value : undefined;
  if (typeof value === "number" && value >= low && value <= high) return value;
  return report.error("out-of-range", entry.value.place, `"${entry.key}" goes from ${low} to ${high}.`);
}
