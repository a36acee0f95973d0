// `webhook`: where to, with what, and what of its answer is kept.

import type { Json } from "../../kernel/json.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { WebhookStep } from "../plan.ts";
import type { Scope } from "./names.ts";
import { varNamed } from "./outward.ts";
import { asMap, DOTTED, given, millisOf, textOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node } from "./source.ts";
import { type ActionScope, checkText } from "./text.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const TIMEOUT = 10 * SECOND;
const LONGEST = MINUTE;

export function webhookOf(verb: Entry, map: MapNode, within: ActionScope): Omit<WebhookStep, "path"> | undefined {
  const { scope } = within;
  const { report } = scope;
  const url = urlOf(verb, scope);
  const method = wordOf(entryOf(map, "method"), METHODS, report) ?? "POST";
  const bodyEntry = entryOf(map, "body");
  if (bodyEntry !== undefined && method === "GET") {
    report.error("never-taken", bodyEntry.place, '"body" does not go with GET.');
  }
  const body = bodyEntry === undefined ? undefined : bodyOf(bodyEntry.value, within);
  const timeoutEntry = entryOf(map, "timeout");
  const timeout = millisOf(timeoutEntry, report) ?? TIMEOUT;
  if (timeoutEntry !== undefined && (timeout < SECOND || timeout > LONGEST)) {
    report.error("out-of-range", timeoutEntry.value.place, '"timeout" goes from 1s to 1m.');
  }
  const secret = secretOf(entryOf(map, "secret"), scope);
  const save = saveOf(entryOf(map, "save"), scope);
  const headers = headersOf(entryOf(map, "headers"), scope);
  if (url === undefined) return undefined;
  const parts = given<Pick<WebhookStep, "body" | "secret" | "save">>({ body, secret, save });
  return { verb: "webhook", url, method, headers, timeout, ...parts };
}

function urlOf(verb: Entry, { report }: Scope): string | undefined {
  const text = textOf(verb, report);
  if (text === undefined) return undefined;
  if (text.value.includes("{{")) {
    return report.error("template-outside-text", text.place, '"{{ }}" works only in text for people.');
  }
  if (/^http:/i.test(text.value)) return report.error("insecure-url", text.place, "webhooks must be https.");
  const url = URL.canParse(text.value) ? new URL(text.value) : undefined;
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "") {
    const message = `"${text.value}" is not an address. Write https://hooks.example.com/path, without a password.`;
    return report.error("bad-url", text.place, message);
  }
  return url.href;
}

/** JSON; its texts are for whoever reads them, so merge fields work in them. */
function bodyOf(node: Node, within: ActionScope): Json {
  if (node.kind === "list") return node.items.map((item) => bodyOf(item, within));
  if (node.kind === "map") {
    const entries = node.entries.map(({ key, place, value }) => {
      if (key === "__proto__") within.scope.report.error("bad-id", place, `"${key}" cannot be sent.`);
      return [key, bodyOf(value, within)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (isText(node)) checkText(node, within);
  return node.value;
}

function headersOf(entry: Entry | undefined, scope: Scope): Readonly<Record<string, string>> {
  const map = entry === undefined ? undefined : asMap(entry.value, '"headers"', scope.report);
  const headers: [string, string][] = [];
  for (const header of map?.entries ?? []) {
    const text = textOf(header, scope.report);
    if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(header.key)) {
      scope.report.error("bad-id", header.place, `"${header.key}" is not the name of a header.`);
    } else if (text !== undefined && (/[^\t\x20-\x7e]/.test(text.value) || text.value.includes("{{"))) {
      const message = "a header is plain text on one line, without merge fields; put those in the body.";
      scope.report.error("bad-value", text.place, message);
    } else if (text !== undefined) headers.push([header.key.toLowerCase(), text.value]);
  }
  return Object.fromEntries(headers);
}

function secretOf(entry: Entry | undefined, { report }: Scope): string | undefined {
  const text = textOf(entry, report);
  if (text === undefined || /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(text.value)) return text?.value;
  return report.error("bad-value", text.place, '"secret" takes the name of a stored secret, never the secret itself.');
}

/** `vars.income_band: data.band`: a run's own value from a place in the answer. */
function saveOf(entry: Entry | undefined, scope: Scope): WebhookStep["save"] | undefined {
  const { report } = scope;
  const map = entry === undefined ? undefined : asMap(entry.value, '"save"', report);
  if (map === undefined || entry === undefined) return undefined;
  if (scope.kind === "rule") {
    return report.error("rule-waits", entry.place, '"save" waits for the answer, and a rule waits for nothing.');
  }
  const saved: [string, string][] = [];
  for (const one of map.entries) {
    const known = varNamed(one.key, one.place, scope);
    const path = textOf(one, report);
    if (path !== undefined && !DOTTED.test(path.value.toLowerCase())) {
      report.error("bad-value", path.place, `"${path.value}" is not a place in the answer. Write data.band.`);
    } else if (known !== undefined && path !== undefined) saved.push([one.key, path.value]);
  }
  return Object.fromEntries(saved);
}
