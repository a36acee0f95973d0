// The audit in words and tables (Markdown), as a compliance officer files it.

import { aimWords } from "../../kernel/aim.ts";
import { iso } from "../../kernel/time.ts";
import type { Interval } from "../learn/intervals.ts";
import type { FieldsSeen } from "./fields.ts";
import { type CutImpact, FEWEST, FEWEST_OUTCOMES, FOUR_FIFTHS, type Impact, QUANTILES } from "./impact.ts";
import { PROXY_FROM, type ProxyTest, STRONGEST } from "./proxies.ts";
import type { FairnessReport, GroupFindings } from "./report.ts";

export function fairnessDocument(report: FairnessReport): string {
  const { location, at, models, leads, features, fields, denied, refused, law, groups, unknown } = report;
  const used = features.filter(({ readBy }) => readBy.length > 0);
  return [
    `# Fairness audit of ${location}`,
    `Made ${iso(at)}. No legal advice: a record of what was measured, for somebody who can judge it.`,
    "## What scores",
    models.length === 0
      ? "No lead has been scored yet."
      : [
          table(
            ["model", "leads", "chance of", "learned from", "of them came true", "looked at"],
            models.map(({ id, leads: n, learned }) => [
              id,
              `${n}`,
              ...(learned === undefined
                ? ["", "nothing: rules", "", ""]
                : [
                    aimWords(learned.aim),
                    `${learned.rows} rows`,
                    `${learned.positives}`,
                    `${iso(learned.from)} to ${iso(learned.until)}`,
                  ]),
            ]),
          ),
          `Scores made ${leads.from === undefined ? "?" : iso(leads.from)} to ${leads.until === undefined ? "?" : iso(leads.until)}: ${Object.entries(
            leads.tiers,
          )
            .map(([tier, n]) => `${n} ${tier}`)
            .join(", ")}. A lead keeps its score, and the name of what made it, until its next turn.`,
        ].join("\n\n"),
    "## What it reads",
    table(
      ["feature", "what it says, for example", "read by", "allowed for"],
      used.map(({ name, example = "", readBy, use }) => [name, example, readBy.join(", "), use.join(", ")]),
    ),
    features.length > used.length
      ? `For audits alone, never for a score: ${features.flatMap(({ name, readBy }) => (readBy.length === 0 ? [name] : [])).join(", ")}.`
      : "",
    "## Custom fields of contacts",
    ...fieldsText(fields),
    "## What it may never read",
    refused.length === 0
      ? "A feature of such a name is refused when it is registered; none of those above is one."
      : `Above stand features that would be refused today: ${refused.join(", ")}.`,
    table(
      ["names with", "why", "source"],
      denied.map(({ terms, why, source }) => [terms.join(", "), why, source]),
    ),
    groups === undefined ? "" : groupsText(groups),
    "## Where the law stands",
    `As read on ${law.asOf}.`,
    law.standings.map(({ what, source }) => `- ${what} (${source})`).join("\n"),
    "## What is not known",
    unknown.map((line) => `- ${line}`).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function fieldsText({ read, refused, others }: FieldsSeen): readonly string[] {
  const all = read.length + refused.length + others;
  const shown = ({ key, name = "" }: { readonly key: string; readonly name?: string }) => [key, name];
  return [
    `Three figures alone are made of them: a time line, a budget, a pre-approval, each by what the field's key, or the workflow folder's name for it, says. A field is left unread where its key, the folder's name or the name that the CRM shows is one that no feature may have. Custom fields that the CRM has named: ${all}.`,
    read.length === 0
      ? "None of them is read."
      : table(
          ["key", "shown as", "read as"],
          read.map((field) => [...shown(field), field.as]),
        ),
    refused.length === 0
      ? "None of them has a name that is refused."
      : [
          "Left unread for a name:",
          table(
            ["key", "shown as", "would be read as", "name", "why"],
            refused.map((field) => [...shown(field), field.as ?? "nothing", field.because, field.why]),
          ),
          "What was read of a field before it had such a name stays in the records of the leads it was told of; no training reads any of it.",
        ].join("\n\n"),
    others === 0 ? "" : `The other ${others}: of these nothing is read, whatever they hold.`,
  ];
}

function groupsText(found: GroupFindings): string {
  return [
    "## Who is chosen",
    `Scored leads with a group that the auditor brought: ${found.n}. Lines of the file that name no scored lead of the location: ${found.unmatched}. The groups were read for this document and are not kept.${found.file === undefined ? "" : ` The file: ${found.file.name}, SHA-256 ${found.file.sha256}.`}`,
    "In brackets, here and below, stand 95 % intervals.",
    ...impactText(found.impact),
    "## Where the scores lie",
    table(
      ["group", "n", ...QUANTILES.map((share) => `${share * 100} %`)],
      found.spreads.map(({ group, n, at, apart }) => [
        group,
        `${n}`,
        ...QUANTILES.map((_, index) => {
          if (at === undefined) return few(n);
          const difference = apart?.[index];
          const score = figure(at[index] as number);
          return difference === undefined ? score : `${score} (${signed(difference)})`;
        }),
      ]),
    ),
    "In brackets: less the largest group's, with its 95 % interval (bootstrap).",
    "## Whether chances come true",
    table(
      ["group", "n", "mean chance", "came true", "verdict"],
      found.calibrations.map(({ group, n, said, came, verdict }) =>
        said === undefined || came === undefined
          ? [group, `${n}`, few(n, FEWEST_OUTCOMES), "", ""]
          : [group, `${n}`, percent(said), interval(came, percent), verdict ?? ""],
      ),
    ),
    "Of each lead the first chance whose time is over. Rules give none.",
    "## How groups were treated",
    table(
      ["group", "n", "messages a lead", "answered", "median minutes to the first answer"],
      found.treatments.map(({ group, n, messages, answered, answeredAfter }) => [
        group,
        `${n}`,
        messages === undefined ? few(n) : interval(messages, figure),
        `${answered ?? 0}`,
        answeredAfter === undefined ? few(answered ?? 0) : interval(answeredAfter, (value) => value.toFixed(0)),
      ]),
    ),
    "Scores learn from what leads do, and what they do follows how they were answered: a difference here cannot be cured by leaving columns out.",
    "## Whether what is read tells the group",
    found.proxies.length === 0
      ? "Not asked: the rows that were scored are not at hand. Where several models have scored these leads, ask again once the live one has scored them all."
      : found.proxies.map(proxyText).join("\n\n"),
    "## What if they were of another group",
    flipsText(found),
  ].join("\n\n");
}

const impactText = ({ cuts }: Impact): readonly string[] =>
  cuts.flatMap((cut) => [
    `### ${cut.name}: from ${cut.from}`,
    table(
      ["group", "n", "chosen", "share", "ratio"],
      cut.groups.map(({ group, n, chosen, share }) => [
        group,
        `${n}`,
        `${chosen}`,
        n < FEWEST ? few(n) : interval(share, percent),
        ratioText(cut, group, n),
      ]),
    ),
  ]);

function ratioText({ reference, ratios }: CutImpact, group: string, n: number): string {
  if (group === reference) return "chosen most";
  const found = ratios.find((one) => one.group === group);
  if (found?.ratio === undefined) return n < FEWEST ? few(n) : "too few chosen to say";
  const side = found.below === true ? `under ${FOUR_FIFTHS}` : `not under ${FOUR_FIFTHS}`;
  return `${interval(found.ratio, figure)}, ${side}${found.sure === true ? "" : ", but the interval holds it"}`;
}

function proxyText({ group, n, members, together, columns }: ProxyTest): string {
  if (together === undefined)
    return `${group}: too few to say (${members} of ${n}; at least ${FEWEST} in and out of it).`;
  const strongest = columns.slice(0, STRONGEST).map(({ name, auc, verdict }) => [name, interval(auc, figure), verdict]);
  return [
    `${group}, ${members} of ${n}: all features together tell it with AUC ${interval(together.auc, figure)} (.5 is not at all, from ${PROXY_FROM} they stand in for it: a bar of ours): ${together.verdict}.`,
    table(["feature", "AUC alone", "verdict"], strongest),
  ].join("\n\n");
}

function flipsText({ flips }: GroupFindings): string {
  if (flips === undefined) return "Not asked: the model cannot be asked about other rows.";
  if (flips.columns.length === 0)
    return `No feature alone tells a group from ${PROXY_FROM} on, and all together stand in for none, so there is nothing to change.`;
  if (flips.changed === undefined) return `Too few leads: at least ${FEWEST} of two groups.`;
  return [
    `${flips.columns.join(", ")} taken from a lead of another group, all else as it is: ${interval(flips.changed, percent)} of ${flips.n} leads change tier, ${flips.up} upwards and ${flips.down} downwards.`,
    table(
      ["group", "n", "up", "down"],
      flips.groups.map(({ group, n, up, down }) => [group, `${n}`, `${up}`, `${down}`]),
    ),
  ].join("\n\n");
}

// Cells ----------------------------------------------------------------------------------------------------------

const figure = (value: number): string => value.toFixed(2);
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const few = (n: number, of: number = FEWEST): string => `not yet: ${n} of ${of}`;

const interval = ({ value, low, high }: Interval, say: (value: number) => string): string =>
  `${say(value)} (${say(low)} to ${say(high)})`;

const signed = ({ value, low, high }: Interval): string =>
  [value, low, high]
    .map((one) => (Math.round(one * 100) || 0) / 100) // no negative zero
    .map((one) => `${one >= 0 ? "+" : ""}${one.toFixed(2)}`)
    .map((text, index) => (index === 0 ? `${text};` : index === 1 ? ` ${text} to` : ` ${text}`))
    .join("");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
