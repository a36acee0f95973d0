// `latchkey simulate`: a folder's workflows against the town, in memory, on a virtual clock. No database, no network.

import { parseArgs } from "node:util";
import { z } from "zod";
import { filesAt } from "../src/cli/files.ts";
import { inHouse, onlyLocation } from "../src/cli/house.ts";
import { visible } from "../src/cli/said.ts";
import { isZone } from "../src/kernel/zone.ts";
import { modelName } from "../src/scoring/index.ts";
import { alone, type LiveHere, liveHere, simulate } from "../src/timetravel/index.ts";
import {
  compile,
  type Diagnostic,
  didYouMean,
  isFault,
  renderDiagnostic,
  type SourceFile,
} from "../src/workflows/index.ts";
import { report } from "./report.ts";
import { openWorld } from "./town/world.ts";

const Options = z.object({
  seed: z.coerce.number().int().min(0).default(7),
  leads: z.coerce.number().int().min(1).max(100_000).default(500),
  days: z.coerce.number().int().min(1).max(730).default(60),
  zone: z.string().refine(isZone).default("America/Chicago"),
  /** The first instant. Fixed unless said, so that the same seed is the same run on any day. */
  from: z.iso
    .datetime({ offset: true })
    .default("2026-03-02T06:00:00Z")
    .transform((text) => Date.parse(text)),
  workflow: z.string().optional(),
  location: z.string().optional(),
  truth: z.string().optional(),
  json: z.boolean().default(false),
});

const EXPECTED: Readonly<Record<string, string>> = {
  seed: "a whole number from 0",
  leads: "a number from 1 to 100000",
  days: "a number from 1 to 730",
  zone: "a time zone such as America/Chicago",
  from: "an instant such as 2026-03-02T06:00:00Z",
};

const USAGE = `Usage: latchkey simulate [folder|FILE]

Runs the workflows of a folder (default: LATCHKEY_WORKFLOWS, or workflows), or of one file that needs no other, against a
simulated town, in memory: nothing is sent, nothing is kept. The same options give the same run on any day.

  --seed 7            which town
  --leads 500         how many leads, up to 100000
  --days 60           how long, up to 730
  --zone ZONE         the town's time zone: America/Chicago
  --from INSTANT      its first instant: 2026-03-02T06:00:00Z
  --workflow ID       this workflow alone
  --location ID       with the models that score there now, and from what its leads answered so far, by channel and
                      hour: this alone reads the database. Else the rules score, and the town's own answers are counted
  --truth FILE        what leads are like, as JSON
  --json              figures for machines
  --help, -h          this

Example:
  npx latchkey simulate workflows --workflow reengagement --leads 200

Exit: 0 good, 1 a run failed, 2 it could not be run.
`;

async function run(): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: text,
      leads: text,
      days: text,
      zone: text,
      from: text,
      workflow: text,
      location: text,
      truth: text,
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { help, ...said } = values;
  if (help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const parsed = Options.safeParse(said);
  if (!parsed.success) {
    const said = parsed.error.issues.map(
      ({ path: [option] }) => `--${String(option)}: expected ${EXPECTED[option as string]}`,
    );
    process.stderr.write(`${visible(said.join("\n"))}\n`);
    return 2;
  }
  const { workflow, json, truth, location, ...options } = parsed.data;
  const folder = positionals[0] ?? (process.env["LATCHKEY_WORKFLOWS"] || "workflows");
  const files = await filesAt(folder);
  const { content, diagnostics } = compile(files);
  if (content === undefined) {
    process.stderr.write(`${visible(findings(files, diagnostics))}\n`);
    return 1;
  }
  const publication = { ...content, publishedAt: options.from };
  if (workflow !== undefined && !publication.plans.some((plan) => plan.workflow === workflow)) {
    const known = publication.plans.map((plan) => plan.workflow).sort();
    process.stderr.write(
      visible(`There is no workflow "${workflow}" in ${folder}: ${known.join(", ")}.${didYouMean(workflow, known)}\n`),
    );
    return 2;
  }
  const live = location === undefined ? undefined : await readLive(location);
  const started = performance.now();
  const figures = await simulate({
    publication: workflow === undefined ? publication : alone(publication, workflow),
    world: openWorld({ ...options, ...(truth === undefined ? {} : { truth }) }),
    from: options.from,
    days: options.days,
    ...(live === undefined ? {} : { live }),
    progress: toldOfDays(options.days),
  });
  const seconds = (performance.now() - started) / 1000;
  const lived = leadDays(options);
  process.stderr.write(
    `${process.stderr.isTTY ? "\r" : ""}${lived} lead-days in ${seconds.toFixed(1)} s: ${Math.round(lived / seconds)} lead-days/s\n`,
  );
  process.stdout.write(
    json ? `${visible(JSON.stringify({ ...options, ...figures }))}\n` : `${visible(report(figures, options))}\n`,
  );
  return Object.keys(figures.failed).length === 0 ? 0 : 1;
}

function findings(files: readonly SourceFile[], found: readonly Diagnostic[]): string {
  const shown = found
    .filter(isFault)
    .map((one) => renderDiagnostic(one, files.find(({ file }) => file === one.file)?.text));
  const alone =
    files.length > 1
      ? []
      : [
          "One file was read. Where it names what stands in others, simulate the folder, with --workflow ID for one alone.",
        ];
  return [...shown, ...alone].join("\n\n");
}

const TELL_MS = 2_000;

/** On a terminal one line that counts; elsewhere a line every two seconds. */
function toldOfDays(of: number): (days: number) => void {
  let last = performance.now();
  return (days) => {
    if (process.stderr.isTTY) process.stderr.write(`\r  day ${days} of ${of}`);
    else if (performance.now() - last >= TELL_MS) {
      last = performance.now();
      process.stderr.write(`day ${days} of ${of}\n`);
    }
  };
}

/** What is live at a location of ours; said on the side, so that figures are not read as the rules'. */
async function readLive(named: string): Promise<LiveHere> {
  const live = await inHouse(async (premises) => {
    const id = onlyLocation(premises, named);
    return premises.database.transaction([id], (sql) =>
      liveHere(sql, id, (model, reason) => {
        process.stderr.write(
          visible(`Model ${model} is live and cannot score: ${reason}. The rules answer in its place.\n`),
        );
      }),
    );
  });
  const sent = Object.values(live.slots).reduce((sum, [count]) => sum + count, 0);
  process.stderr.write(`Scored by ${modelName(live.scorers)}; hours known from ${sent} messages.\n`);
  return live;
}

/** From each lead's coming to the end. */
const leadDays = ({ leads, days }: { leads: number; days: number }): number => Math.round(leads * days * 0.75);

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(visible(`${error instanceof Error ? error.message : String(error)}\n`));
  process.exitCode = 2;
}
