// A decision with its chain, from the event that began it to the provider's receipt.

import type { JsonObject } from "../kernel/json.ts";
import { type Instant, iso } from "../kernel/time.ts";
import type { Verdict } from "../outreach/index.ts";
import type { Link } from "./decision.ts";
import { channelWord } from "./event-words.ts";
import type { DecisionRow, MessageRow } from "./history.ts";
import { contextOf, decidedOf, deliveredAt, messageOf, type Team, UNNAMED } from "./items.ts";
import { exact } from "./moment.ts";
import { decisionStatus, type MessageFacts, phrase, sentence } from "./sentence.ts";
import { type Context, capital, plain } from "./values.ts";
import type { DecisionView, LinkView, VerdictView } from "./view.ts";
import { words } from "./words.ts";

const LABELS: Readonly<Record<Link["kind"], string>> = {
  event: "Event",
  rule: "Rule",
  score: "Score",
  workflow: "Workflow",
  permission: "Permission",
  channel: "Channel",
  provider: "Provider",
  then: "Then",
};

type Round = Verdict & { readonly round: "decide" | "send" };

export interface Neighbors {
  readonly before?: string;
  readonly after?: string;
}

export function decisionView(
  row: DecisionRow,
  message: MessageRow | undefined,
  neighbors: Neighbors,
  team: Team,
): DecisionView {
  const context = contextOf(team, row.leadName);
  const decided = decidedOf(row);
  const facts = messageOf(row);
  const links = withRounds(once(decided.links), message);
  const begun = links.find((link) => link.kind === "event")?.at;
  const views = links.map((link) => linkView(link, begun, context));
  const putOff = putOffLink(row, context);
  const provider = putOff ?? (row.kind === "message" ? providerLink(row, facts, message, context) : undefined);
  const asked = views.some((link) => link.kind === "provider");
  const text = message === undefined || facts === undefined ? undefined : textOf(message, facts);
  return {
    id: row.id,
    short: row.hash.slice(0, 12),
    at: iso(row.at),
    zone: team.zone,
    lead: { id: row.lead, name: row.leadName ?? UNNAMED },
    ...(facts === undefined ? {} : { message: facts.id }),
    verdict: facts?.state ?? row.verdict,
    status: decisionStatus(decided, facts),
    sentence: sentence(decided, facts, context),
    ...(text === undefined ? {} : { text }),
    links: provider === undefined || asked ? views : inPlace(views, provider),
    ...(neighbors.before === undefined ? {} : { supersedes: neighbors.before }),
    ...(neighbors.after === undefined ? {} : { supersededBy: neighbors.after }),
    versions: row.trace.versions ?? {},
    hash: row.hash,
  };
}

/** That a run ended is left out where a link before it says why it did. */
const once = (links: readonly Link[]): readonly Link[] =>
  links.filter(
    (link, at) =>
      !/^run\.(ended|stopped|completed)$/.test(link.code) || !links.slice(0, at).some((one) => one.kind === "then"),
  );

/** What followed comes last; the provider's answer before it. */
function inPlace(links: readonly LinkView[], provider: LinkView): readonly LinkView[] {
  const then = links.findIndex((link) => link.kind === "then");
  return then === -1 ? [...links, provider] : [...links.slice(0, then), provider, ...links.slice(then)];
}

function linkView(link: Link, begun: Instant | undefined, context: Context): LinkView {
  const said = phrase(link, context);
  const since = link.at === undefined || begun === undefined || link.kind === "event" ? undefined : link.at - begun;
  return {
    kind: link.kind,
    status: link.status,
    code: link.code,
    label: LABELS[link.kind],
    line:
      link.kind === "permission" && link.verdicts !== undefined ? permissionLine(link, context) : capital(said.line),
    ...(said.note === undefined || said.note === "" ? {} : { note: said.note }),
    ...(link.at === undefined ? {} : { at: iso(link.at) }),
    ...(since === undefined || since < 0 ? {} : { sinceEventMs: since }),
    ...(link.verdicts === undefined ? {} : { verdicts: verdictViews(link.verdicts, context) }),
    ...(link.evidence === undefined ? {} : { evidence: link.evidence }),
    ...(link.values === undefined ? {} : { values: link.values }),
  };
}

/** The channel is named where more than one was looked at. */
function verdictViews(verdicts: readonly Round[], context: Context): readonly VerdictView[] {
  const several = new Set(verdicts.map((verdict) => verdict.channel)).size > 1;
  return verdicts.map((verdict) => verdictView(verdict, several, context));
}

function verdictView(verdict: Round, several: boolean, context: Context): VerdictView {
  const said = words(verdict.code, verdict.values, context, verdict.channel);
  const label = said.label ?? capital(plain(verdict.code.split(".")[0] ?? verdict.code));
  return {
    code: verdict.code,
    ok: verdict.ok,
    label:
      verdict.channel === undefined || !several
        ? label
        : `${capital(channelWord(verdict.channel))}: ${label.toLowerCase()}`,
    line: said.line,
    round: verdict.round,
    ...(verdict.until === undefined ? {} : { until: iso(verdict.until) }),
    ...(verdict.values === undefined ? {} : { values: verdict.values }),
  };
}

function permissionLine(link: Link, context: Context): string {
  const verdicts = link.verdicts ?? [];
  if (link.status === "done" && verdicts.some((verdict) => !verdict.ok))
    return "Everything checked allows this channel";
  const failing = verdicts.filter((verdict) => !verdict.ok);
  if (failing.length === 0) return verdicts.length === 0 ? "Nothing to check" : "Everything checked allows it";
  const first = failing[0] as Round;
  const said = capital(words(first.code, first.values, context, first.channel).line);
  return failing.length === 1 ? said : `${said}, and ${failing.length - 1} more`;
}

/** The permission link, with what was checked again at the moment of sending where that differed. */
function withRounds(links: readonly Link[], message: MessageRow | undefined): readonly Link[] {
  if (message === undefined) return links;
  const decided = roundOf(message.decided, "decide");
  const checked = roundOf(message.checked, "send");
  const same = JSON.stringify(checked.map(essence)) === JSON.stringify(decided.map(essence));
  const extra = checked.length === 0 || same ? [] : checked;
  const at = links.findIndex((link) => link.kind === "permission");
  if (at === -1) {
    const verdicts = [...decided, ...extra];
    if (verdicts.length === 0) return links;
    const status = verdicts.every((verdict) => verdict.ok) ? "done" : "off";
    const link: Link = { kind: "permission", status, code: "permission", verdicts };
    const before = links.findIndex(
      (other) => other.kind === "channel" || other.kind === "provider" || other.kind === "then",
    );
    return before === -1 ? [...links, link] : [...links.slice(0, before), link, ...links.slice(before)];
  }
  const own = links[at] as Link;
  const verdicts = [...(own.verdicts ?? decided), ...extra];
  return [...links.slice(0, at), { ...own, verdicts }, ...links.slice(at + 1)];
}

const essence = (verdict: Verdict) => [verdict.code, verdict.ok, verdict.channel ?? null];

function roundOf(stored: MessageRow["decided"] | MessageRow["checked"], round: Round["round"]): readonly Round[] {
  const list = Array.isArray(stored) ? stored : ((stored as JsonObject | null)?.["verdicts"] ?? []);
  if (!Array.isArray(list)) return [];
  return (list as readonly Verdict[]).map((verdict) => ({ ...verdict, round }));
}

function textOf(message: MessageRow, facts: MessageFacts): DecisionView["text"] {
  const rendered = message.rendered[facts.channel] ?? Object.values(message.rendered)[0];
  const body = rendered?.text ?? (rendered?.html === undefined ? undefined : withoutTags(rendered.html));
  if (rendered === undefined || body === undefined) return undefined;
  return {
    channel: facts.channel,
    ...(rendered.subject === undefined ? {} : { subject: rendered.subject }),
    body,
    ...(rendered.attachments === undefined ? {} : { attached: rendered.attachments }),
    template: message.template,
    hash: message.templateHash,
  };
}

/** For reading only, never for display as HTML: tags leave, paragraphs stay. */
const withoutTags = (html: string): string =>
  html
    .replaceAll(/<(style|script)[^>]*>[\s\S]*?<\/\1>/gi, "")
    .replaceAll(/<br\s*\/?>|<\/p>|<\/div>/gi, "\n")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&nbsp;", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();

/** What the provider was asked and said, from the outbox row and its receipts. */
function providerLink(
  row: DecisionRow,
  facts: MessageFacts | undefined,
  message: MessageRow | undefined,
  context: Context,
): LinkView | undefined {
  const link = (status: LinkView["status"], code: string, line: string, note?: string): LinkView => ({
    kind: "provider",
    status,
    code,
    label: "Provider",
    line,
    ...(note === undefined ? {} : { note }),
    ...(row.message === null ? {} : { evidence: { type: "message", id: row.message } }),
  });
  const again = message !== undefined && roundOf(message.checked, "send").length > 0;
  const checked = again ? "checked again just before sending" : undefined;
  switch (facts?.state) {
    case "queued":
      return link("run", "provider.waiting", "Not asked yet", "All of this is checked again at that moment");
    case "held":
      return link("held", "provider.waiting", "Not asked yet", "All of this is checked again at that moment");
    case "sending":
      return link("run", "provider.sending", "Being asked now");
    case "unconfirmed":
      return link("asked", "send.unconfirmed", capital(words("send.unconfirmed", undefined, context).line));
    case "undecided":
      return link("asked", "provider.undecided", "Asked; nobody can tell whether it went", "A person has to say");
    case "accepted":
    case "delivered":
      return link("done", `provider.${facts.state}`, receipts(row.delivery, facts.state, context), checked);
    case "failed":
      return link("failed", "provider.failed", receipts(row.delivery, facts.state, context), detailOf(row.delivery));
    case "blocked":
    case "expired":
    case "withdrawn":
      return link("off", "provider.none", "Never asked");
    case "shadow":
      return link("off", "provider.none", "Never asked", "The workflow is rehearsing");
    default:
      return undefined;
  }
}

/** Asked, and nothing was taken: it goes by itself once the CRM lets it. */
function putOffLink({ putOff, message, superseded }: DecisionRow, context: Context): LinkView | undefined {
  if (putOff === null || superseded) return undefined;
  const { line, note } = words(`put_off.${putOff}`, undefined, context);
  return {
    kind: "provider",
    status: "held",
    code: `put_off.${putOff}`,
    label: "Provider",
    line: capital(line),
    ...(note === undefined ? {} : { note }),
    ...(message === null ? {} : { evidence: { type: "message", id: message } }),
  };
}

const RECEIPTS = ["accepted", "delivered", "opened", "clicked", "replied", "failed", "bounced", "complained"] as const;

function receipts(delivery: JsonObject | null, state: string, context: Context): string {
  const said = RECEIPTS.flatMap((name) => {
    const at = deliveredAt(delivery, name);
    return at === undefined ? [] : [`${name} ${exact(at, context.now, context.zone)}`];
  });
  if (said.length === 0) return capital(state);
  const known = said.some((part) => part.startsWith(state)) || state === "accepted" ? said : [...said, state];
  return capital(known.join(" · "));
}

const detailOf = (delivery: JsonObject | null): string | undefined => {
  const detail = delivery?.["detail"] ?? delivery?.["error"];
  return typeof detail === "string" ? detail : undefined;
};
