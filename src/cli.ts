// The command line. Every command that prints a result takes --json; exit 0 good, 1 the answer is no, 2 could not be asked.

import { parseArgs } from "node:util";
import { audit } from "./cli/audit.ts";
import { check, graph, schema } from "./cli/authoring.ts";
import { examine, report } from "./cli/doctor.ts";
import { explain } from "./cli/explain.ts";
import { helpOf, mustTake, overview } from "./cli/help.ts";
import { openHouse } from "./cli/house.ts";
import { importLeads, importPast } from "./cli/import.ts";
import { keys } from "./cli/keys.ts";
import { lift } from "./cli/lift.ts";
import { links } from "./cli/links.ts";
import { mergeContacts } from "./cli/merge.ts";
import { models, promote, rollback, train } from "./cli/models.ts";
import { OPTIONS } from "./cli/options.ts";
import { backtestDraft, replay } from "./cli/past.ts";
import { reopen } from "./cli/reopen.ts";
import { reseal } from "./cli/reseal.ts";
import { plan, runs } from "./cli/runs.ts";
import { faultText, type Said, said, visible } from "./cli/said.ts";
import { evaluate } from "./cli/scoring.ts";
import { secrets } from "./cli/secrets.ts";
import { senders } from "./cli/senders.ts";
import { runSimulation } from "./cli/simulation.ts";
import { site } from "./cli/site.ts";
import { readConfig } from "./config.ts";
import { Defect } from "./kernel/errors.ts";
import { start } from "./main.ts";

async function run(): Promise<number> {
  // its options are its own
  if (process.argv[2] === "simulate") return runSimulation(process.argv.slice(3));
  const { positionals, values, tokens } = parseArgs({
    allowPositionals: true,
    tokens: true,
    options: OPTIONS,
  });
  const [command, ...rest] = positionals;
  if (command === undefined || values.help) {
    process.stdout.write(command === undefined ? overview() : helpOf(command));
    return values.help ? 0 : 2;
  }
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  mustTake(command, rest, given);
  switch (command) {
    case "start":
      return startUntilTold();
    case "check":
      return say(await check(folderOf(rest), { ...values, location: values.location }));
    case "plan":
      return say(await plan(folderOf(rest), { json: values.json, location: values.location }));
    case "runs":
      return say(await runs(rest, { ...WHICH, ...values, dryRun: values["dry-run"] }));
    case "graph":
      return say(await graph(folderOf(rest), { ...values, workflow: values.workflow }));
    case "schema":
      return say(await schema(folderOf(rest), { workspace: values.workspace, location: values.location }));
    case "backtest":
      return say(
        await backtestDraft({ ...values, since: values.since ?? "30d", file: rest[0], location: values.location }),
      );
    case "replay":
      return say(await replay({ lead: rest[0], location: values.location, json: values.json }));
    case "import":
      return say(await importFrom(rest[0], { ...PAST, ...values, dryRun: values["dry-run"] }));
    case "train":
      return say(await train({ ...LEARNED, ...values }));
    case "models":
      return say(await models(rest, { ...LEARNED, ...values, out: values.out }));
    case "promote":
      return say(await promote(rest, { ...LEARNED, ...values }));
    case "rollback":
      return say(await rollback({ ...LEARNED, ...values }));
    case "evaluate":
      return say(await evaluate({ ...FILE, ...values }));
    case "doctor":
      return say(await doctor(values.json));
    case "keys":
      return say(await keys(rest, { ...values, location: values.location, name: values.name }));
    case "links":
      return say(await links(rest, { json: values.json, location: values.location }));
    case "site":
      return say(await site(rest, { json: values.json, location: values.location }));
    case "merge":
      return say(await mergeContacts(rest, { json: values.json, location: values.location }));
    case "secrets":
      return say(await secrets(rest, { json: values.json, location: values.location }));
    case "senders":
      return say(await senders(rest, { json: values.json, location: values.location }));
    case "reopen":
      return say(await reopen(rest, { json: values.json, location: values.location }));
    case "reseal":
      return say(await reseal({ json: values.json, lost: values.lost }));
    case "lift":
      return say(await lift(rest, { ...WHICH, ...values }));
    case "explain":
      return say(await explain(rest[0], { ...FILES, ...values }));
    case "audit":
      return say(await audit(rest, { ...WHICH, ...values }));
    case "migrate":
      return say(await migrateOnly(values.json));
    default:
      throw new Defect(`"${command}" has a help, and nobody to do it.`);
  }
}

async function startUntilTold(): Promise<number> {
  // Told to end while still starting: the database runs already, so the start is finished first, and then undone.
  const told = new Promise<NodeJS.Signals>((resolve) => {
    process.on("SIGTERM", resolve).on("SIGINT", resolve);
  });
  let ending = false;
  void told.then(() => {
    ending = true;
  });
  const latchkey = await start(readConfig(process.env));
  if (!ending) {
    process.stdout.write(`\nLatchkey is running. Open ${latchkey.simulated ? latchkey.link : latchkey.url}\n`);
    if (latchkey.simulated)
      process.stdout.write(
        "The CRM is simulated, sixty times faster than life. Nothing leaves this machine.\n" +
          "Its town stands still while Latchkey does not run, and goes on from there.\n",
      );
    else process.stdout.write(`Sign in once with ${latchkey.link}\n`);
  }
  await latchkey.close(await told);
  return 0;
}

/** What may be left out of `import`. */
const PAST = { location: undefined, only: undefined, since: undefined, map: undefined };

type ImportOptions = Parameters<typeof importPast>[0] & Parameters<typeof importLeads>[1];

const importFrom = (file: string | undefined, options: ImportOptions): Promise<Said> =>
  file === undefined ? importPast(options) : importLeads(file, options);

/** What may be left out of `evaluate`, or must be given and is not. */
const FILE = {
  csv: undefined,
  label: undefined,
  drop: undefined,
  lead: undefined,
  positive: undefined,
  seed: undefined,
};

/** What may be left out of what concerns models. */
const LEARNED = {
  ...{ location: undefined, kind: undefined, seed: undefined, outcome: undefined, days: undefined },
  ...{ reason: undefined, groups: undefined },
};

/** What may be left out of `runs`. */
const WHICH = {
  location: undefined,
  workflow: undefined,
  status: undefined,
  path: undefined,
  plan: undefined,
  from: undefined,
  segment: undefined,
  lead: undefined,
  reason: undefined,
  until: undefined,
  mode: undefined,
  after: undefined,
  limit: undefined,
  groups: undefined,
  out: undefined,
};

/** What may be left out of `explain`. */
const FILES = { location: undefined, message: undefined, model: undefined, row: undefined, sample: undefined };

const folderOf = ([given]: readonly string[]): string => given ?? (process.env["LATCHKEY_WORKFLOWS"] || "workflows");

function say({ text, exit }: Said): number {
  process.stdout.write(`${visible(text)}\n`);
  return exit;
}

async function doctor(json: boolean): Promise<Said> {
  const findings = await examine(readConfig(process.env));
  return said(json, { findings }, report(findings), findings.every(({ ok }) => ok) ? 0 : 1);
}

async function migrateOnly(json: boolean): Promise<Said> {
  const premises = await openHouse(readConfig(process.env), "guest", { anySecret: true });
  const { applied } = premises;
  await premises.close();
  return said(json, { applied }, applied.length === 0 ? "Up to date." : `Applied ${applied.join(", ")}.`);
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${visible(faultText(error))}\n`);
  process.exitCode = 2;
}
// a pipe takes its time: what was said is heard before we go
process.stdout.write("", () => process.exit());
