// Is anything stuck? The figures of a location in one sentence, worst first.

import type { LoopName } from "../kernel/facts.ts";
import { HOUR, type Instant, iso, MINUTE } from "../kernel/time.ts";
import type { ModelStanding } from "../scoring/index.ts";
import type { FigureRow } from "./figures.ts";
import { limitsParts } from "./limits.ts";
import type { FailingLoop } from "./loops.ts";
import { length } from "./moment.ts";
import { capital } from "./values.ts";
import type { FilesView, LimitsView, SystemView } from "./view.ts";

type Level = SystemView["verdict"]["level"];

/** Due work is late after this, in real time; the alerts use the same bounds. */
const WATCH = 10_000;
const STUCK = MINUTE;
/** What failed once, and not again for this long, is no longer the first thing to say. */
const RECENT = 10 * MINUTE;

/** How the CRM's news reach the location, where somebody compares them. */
export interface Hears {
  readonly by: "webhooks" | "polling";
  /** Of the last day, found by polling. */
  readonly missed: number;
  readonly quietSince?: Instant;
  readonly isAlarming: boolean;
  /** Why the CRM could not be read. */
  readonly problem?: string;
}

export interface SystemCase {
  /** Domain time. */
  readonly now: Instant;
  readonly real: Instant;
  /** Of domain time beside real time: instants are of the first, lateness is judged and said in the second. */
  readonly speed: number;
  readonly diskBytes: number | undefined;
  readonly hears?: Hears | undefined;
  /** The models that score; empty: the rules do. Absent where nothing learns. */
  readonly models?: readonly ModelStanding[] | undefined;
  /** What is wrong in the files of workflows; absent where there is no folder. */
  readonly files?: FilesView | undefined;
  /** Background work that fails; absent where nobody listens. */
  readonly failing?: readonly FailingLoop[] | undefined;
}

export function systemView(row: FigureRow, limits: LimitsView, about: SystemCase): SystemView {
  const { now, real, speed, diskBytes, hears, models, files, failing } = about;
  const lateDue = row.oldestDue === null || row.oldestDue > now ? 0 : now - row.oldestDue;
  const lateMail = row.oldestMail === null ? 0 : Math.max(0, now - row.oldestMail);
  const oldest = Math.round(Math.max(lateDue, lateMail) / speed);
  return {
    verdict: verdictOf(row, limits, oldest, about),
    asOf: iso(now),
    figures: {
      ...(oldest === 0 ? {} : { oldestDueMs: oldest }),
      ...(row.lastEventAt === null ? {} : { lastEventAt: iso(row.lastEventAt) }),
      dueLeads: row.dueLeads,
      mail: row.mail,
      queued: row.queued,
      unconfirmed: row.unconfirmed,
      parkedLeads: row.parkedLeads,
      failedRuns: row.failedRuns,
      ...(diskBytes === undefined ? {} : { diskBytes }),
    },
    limits,
    parts: [
      part("Deciding", oldest > STUCK ? "bad" : oldest > WATCH ? "watch" : "good", waiting(oldest)),
      part(
        "Sending",
        row.notLetIn + row.scopeMissing > 0 ? "bad" : row.unconfirmed > 0 ? "watch" : "good",
        sending(row),
      ),
      part("Listening", "good", row.lastEventAt === null ? "nothing heard yet" : `last ${ago(now - row.lastEventAt)}`),
      ...(hears === undefined ? [] : [part("Webhooks", levelOf(hears), hearing(hears, now))]),
      ...(models === undefined ? [] : [part("Models", drifted(models) ? "watch" : "good", scoring(models, now))]),
      ...(files === undefined
        ? []
        : [part("Workflow files", wrongIn(files).length === 0 ? "good" : "watch", ofFiles(files))]),
      ...(failing === undefined ? [] : background(failing, real)),
      ...limitsParts(limits, about),
    ],
  };
}

const wrongIn = ({ diagnostics, held }: FilesView): readonly string[] => [
  ...new Set([...held, ...diagnostics.filter(({ severity }) => severity === "error")].map(({ file }) => file)),
];

/** Which files are not right, where the first error of each is, and what runs meanwhile. */
function ofFiles(files: FilesView): string {
  const told = wrongIn(files).map((file) => {
    const first = files.diagnostics.find((one) => one.file === file && one.severity === "error");
    const place = first === undefined ? "" : ` (line ${first.line}, column ${first.column})`;
    const held = files.held.find((one) => one.file === file);
    const meanwhile = held === undefined ? "runs" : held.runs ? "runs as it was last good" : "does not run";
    return `${file}${place} ${meanwhile}`;
  });
  if (told.length === 0) return "all run as they are written";
  return `${told.slice(0, 3).join("; ")}${told.length > 3 ? `; and ${told.length - 3} more` : ""}`;
}

/** What each loop does. */
const LOOPS: Readonly<Record<LoopName, string>> = {
  accounts: "Tokens and installs",
  catalog: "Reading tags, fields and users of the CRM",
  experiments: "Judging experiments",
  fold: "Adding up counts",
  health: "Noting how the CRM answers",
  import: "Imports",
  introductions: "Reading new leads from the CRM",
  jobs: "What was asked of many",
  learn: "Telling leads of a new publication",
  live: "Live pages",
  mark: "Noting that we work on the database",
  processes: "Watching the other processes",
  receipts: "Asking for receipts",
  reconcile: "Comparing with the CRM",
  retention: "Forgetting what is old",
  sender: "Sending",
  statistics: "Statistics of the database",
  training: "Training",
  turns: "Deciding",
  workflows: "Reading the files of workflows",
};

const background = (failing: readonly FailingLoop[], real: Instant) =>
  failing.length === 0
    ? [part("Background work", "good", "no failure in the last hour")]
    : failing.map(({ loop, times, since, last, reason }) =>
        part(
          `Background work: ${loop}`,
          "watch",
          `${LOOPS[loop]} failed ${timesOf(times)} in the last hour, last ${ago(real - last)}, since ${ago(real - since)}: ${reason}`,
        ),
      );

const drifted = (models: readonly ModelStanding[]) => models.some(({ drifts }) => drifts.length > 0);

function scoring(models: readonly ModelStanding[], now: Instant): string {
  if (models.length === 0) return "rules score";
  return models
    .map(({ speaks, model, drifts: [worst], watchedAt }) => {
      const name = `${speaks} ${model}`;
      if (worst !== undefined) return `${name} has drifted for ${length(now - worst.since)}: ${worst.says}`;
      return watchedAt === undefined ? `${name}, not looked at yet` : `${name} holds, seen ${ago(now - watchedAt)}`;
    })
    .join("; ");
}

const levelOf = ({ isAlarming, problem }: Hears): Level => (isAlarming || problem !== undefined ? "watch" : "good");

/** Said of the part, and as the verdict. */
function hearing({ by, missed, quietSince, problem }: Hears, now: Instant): string {
  const gap = quietSince === undefined ? [] : [`none for ${length(now - quietSince)}, at hours that usually have some`];
  const found = missed === 0 ? [] : [`polling found ${count(missed, "change")} that none had told`];
  const unread = problem === undefined ? [] : [`the CRM cannot be read: ${problem}`];
  const said = by === "polling" ? ["none come here: the CRM is read every minute"] : [...gap, ...found];
  return [...(said.length === 0 ? ["they come, and polling agrees"] : said), ...unread].join("; ");
}

function verdictOf(
  row: FigureRow,
  { breakers, budget }: LimitsView,
  oldest: number,
  { now, real, hears, models = [], files, failing = [] }: SystemCase,
): SystemView["verdict"] {
  const say = (level: Level, text: string) => ({ level, text });
  if (oldest > STUCK) return say("bad", `Work is stuck: the oldest has waited ${length(oldest)}.`);
  if (row.notLetIn > 0)
    return say("bad", `The CRM does not accept this location's token: ${upTo(row.notLetIn)} to go. Connect it again.`);
  if (row.scopeMissing > 0)
    return say(
      "bad",
      `The CRM says that a scope is missing: ${upTo(row.scopeMissing)} to go. latchkey doctor names it.`,
    );
  if (breakers.length > 0)
    return say("bad", `The CRM does not answer about ${breakers.map(({ dependency }) => dependency).join(", ")}.`);
  if (budget.dayEnds !== undefined)
    return say("bad", "The CRM may not be asked any more today: its daily limit is spent.");
  if (row.parkedLeads > 0) return say("bad", `${count(row.parkedLeads, "lead")} stopped after repeated errors.`);
  if (oldest > WATCH) return say("watch", `Work is late: the oldest has waited ${length(oldest)}.`);
  if (row.failedRuns > 0) return say("watch", `${count(row.failedRuns, "workflow run")} failed this week.`);
  const [worst] = failing.filter(({ times, last }) => times > 1 || real - last < RECENT);
  if (worst !== undefined)
    return say("watch", `Background work fails: ${LOOPS[worst.loop]}, ${timesOf(worst.times)} in the last hour.`);
  if (files !== undefined && wrongIn(files).length > 0)
    return say(
      "watch",
      `${count(wrongIn(files).length, "workflow file")} not right: see Workflows. ${ofFiles(files)}.`,
    );
  if (hears?.isAlarming) return say("watch", `Webhooks are missing: ${hearing(hears, now)}.`);
  if (row.unconfirmed > 0)
    return say(
      "watch",
      `${count(row.unconfirmed, "message")} unconfirmed: asked for without an answer, now being looked up.`,
    );
  if (drifted(models))
    return say("watch", `What scores leads has drifted: see Models. ${capital(scoring(models, now))}.`);
  if (row.lastEventAt === null) return say("watch", "Nothing has been heard from the CRM yet.");
  if (now - row.lastEventAt > 24 * HOUR) return say("watch", `Nothing heard for ${length(now - row.lastEventAt)}.`);
  return say("good", "All is well.");
}

const waiting = (oldest: number) => (oldest === 0 ? "nothing waits" : `oldest waits ${length(oldest)}`);

const sending = (row: FigureRow) =>
  row.queued === 0 && row.unconfirmed === 0
    ? "nothing waits"
    : [
        row.queued > 0 ? `${upTo(row.queued)} to go` : "",
        row.unconfirmed > 0 ? `${upTo(row.unconfirmed)} unconfirmed` : "",
      ]
        .filter(Boolean)
        .join(", ");

const part = (name: string, state: Level, text: string) => ({ name, state, text });
const timesOf = (n: number) => (n === 1 ? "once" : `${upTo(n)} times`);
const ago = (ms: number) => (ms < 1000 ? "just now" : `${length(ms)} ago`);
const upTo = (n: number) => (n > 1000 ? "more than 1,000" : n.toLocaleString("en-US"));
const count = (n: number, noun: string) => `${upTo(n)} ${noun}${n === 1 ? "" : "s"}`;
