// The command line. Every command that prints a result takes --json; exit 0 good, 1 the answer is no, 2 could not be asked.

import { parseArgs } from "node:util";
import { audit } from "./cli/audit.ts";
import { check, graph, schema } from "./cli/authoring.ts";
import { examine, report } from "./cli/doctor.ts";
import { explain } from "./cli/explain.ts";
import { inHouse } from "./cli/house.ts";
import { importLeads, importPast } from "./cli/import.ts";
import { keys } from "./cli/keys.ts";
import { links } from "./cli/links.ts";
import { mergeContacts } from "./cli/merge.ts";
import { models, promote, rollback, train } from "./cli/models.ts";
import { backtestDraft, replay } from "./cli/past.ts";
import { reopen } from "./cli/reopen.ts";
import { plan, runs } from "./cli/runs.ts";
import { faultText, type Said, said } from "./cli/said.ts";
import { evaluate } from "./cli/scoring.ts";
import { secrets } from "./cli/secrets.ts";
import { senders } from "./cli/senders.ts";
import { runSimulation } from "./cli/simulation.ts";
import { site } from "./cli/site.ts";
import { readConfig } from "./config.ts";
import { InvalidInput } from "./kernel/errors.ts";
import { start } from "./main.ts";

const USAGE = `Usage: latchkey <command>

  start            run Latchkey (what npm start does)
  check [folder]   check workflow files; --location ID against what a location has; --strict lets warnings count;
                   --fix names the steps on which leads would wait
  plan [folder]    what publishing would change, and the fate of every lead who waits: [--location ID]
  runs list        runs, by --workflow, --status, --path, --plan, --segment, --lead; [--limit 50] [--after RUN]
  runs ACT [RUN]   pause, resume, stop, retry, skip, re-time or move one run, or all that are named by
                   --workflow, --status, --path, --plan, --segment, --lead; --dry-run says how many;
                   --reason TEXT; re-time takes --until INSTANT, move --mode move|re-time|exit
  graph [folder]   draw a workflow: --workflow ID, --format mermaid|svg
  schema [folder]  print the JSON Schema of workflow files; --workspace adds the names that exist here,
                   --location ID those of a location
  simulate [folder]    run workflows against a simulated town, in memory: [--seed 7] [--leads 500] [--days 60]
                       [--workflow ID] [--from INSTANT] [--zone ZONE] [--truth FILE];
                       --location ID: scored by the models that are live there, at the hours its leads answer
  backtest FILE    a draft, or a folder of them, on what has really happened, beside what is live:
                   [--since 30d] --location ID
  replay LEAD      decide a lead's recorded turns again, and compare: --location ID
  import           read a location's past out of the CRM, setting nothing off: [--since 90d]
                   [--only contacts,opportunities,messages]; --dry-run counts; ended at any time, it goes on
  import FILE.csv  leads of a file into the CRM: [--map "Cell=phone,Budget=custom.budget"] [--dry-run]
  train            learn from this location's outcomes, judge what was learned, and keep it: [--kind chance|churn] [--seed N]
                   [--groups FILE.csv] (contact, group): a model that is worse to a group does not pass
  models           what has been learned, how it was judged, and what scores now: [--kind chance|churn]
  promote MODEL    let a model score: --reason TEXT; one that does not pass its bars takes --anyway
  rollback         back to the model before, or to the rules: --reason TEXT [--kind chance|churn]
  evaluate --csv FILE --label COLUMN   learn from some rows of any CSV of two outcomes, and say how good the chances are
                   on the others: [--drop A,B] [--positive VALUE] [--unique] [--split fold|temporal]
                   [--lead COLUMN] (whose row it is, where somebody has several: they stay on one side)
                   [--fold 0] (choose on fold 1: fold 0 is then left out) [--seed 1]
  doctor           try the database, the clock, the webhook key, the CRM's token and its scopes
  keys create      make an API key: --location ID --name NAME [--role viewer|agent|manager|owner]
  keys revoke ID   end one: --location ID
  links set NAME URL   what texts call link.NAME (booking, listings, form.<name>): --location ID
  links list           all of them: --location ID
  links remove NAME    forget one: --location ID
  site allow ORIGIN    let pages of https://www.example.com tell what visitors do, and print what to put into them
  site show            the origins, and the line for the pages; site forbid ORIGIN, site renew (a new key): --location ID
  site postal ADDRESS  where the team can be written to: stands under its marketing e-mails: --location ID
  merge GONE SURVIVOR  two contacts are one person: what comes for the first reaches the second: --location ID
  secrets set NAME     keep a value that webhooks are signed with, read from standard input: --location ID
  secrets list         their names: --location ID
  secrets remove NAME  forget one: --location ID
  senders list         domains and channels of ours that are refused: their marketing waits for a day
  senders lift DOMAIN  let one go again (crm: where the CRM picks the sender; or sms, whatsapp, voice)
  reopen LEAD phone    a number that refusals had closed is good: write to it again (or email)
  explain LEAD     why a lead stands where it stands, to the last digit, and what there is to do: [--location ID]
  explain          the same of files: --model MODEL.json --row ROW.json; --sample ROWS.json explains against those rows
  audit verify     make every hash of the records again, and name the first that does not hold: [--lead ID]
  audit held       what was held or not sent, by day and rule: [--from INSTANT] [--until INSTANT]
  audit export FILE    the evidence of a lead or a period as one zip: [--lead ID] [--from INSTANT] [--until INSTANT]
  audit fairness       what scores, what it reads, and what it does to groups: [--groups FILE.csv] [--out FILE.md]
  migrate          bring the database up to date, and stop

--location may be left out where there is only one, except for keys, links, site, merge and secrets.
While a Latchkey on the embedded database runs, plan, runs, backtest, import, train, models, promote, rollback and explain
ask it over HTTP: give LATCHKEY_API_KEY, and LATCHKEY_URL. For the other commands that need the database, stop it first.

--json prints results for machines. Exit: 0 good, 1 the answer is no, 2 could not be asked.

Settings are environment variables: see README.md.
`;

/** How many words each command takes. */
const TAKES: Readonly<Record<string, number>> = {
  start: 0,
  check: 1,
  plan: 1,
  runs: 2,
  graph: 1,
  schema: 1,
  backtest: 1,
  replay: 1,
  import: 1,
  train: 0,
  models: 0,
  promote: 1,
  rollback: 0,
  evaluate: 0,
  doctor: 0,
  keys: 2,
  links: 3,
  site: 2,
  merge: 2,
  secrets: 2,
  migrate: 0,
  senders: 2,
  reopen: 2,
  audit: 2,
  explain: 1,
};

async function run(): Promise<number> {
  // its options are its own
  if (process.argv[2] === "simulate") return runSimulation(process.argv.slice(3));
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      location: { type: "string" },
      name: { type: "string" },
      role: { type: "string", default: "agent" },
      fix: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      workflow: { type: "string" },
      since: { type: "string" },
      only: { type: "string" },
      map: { type: "string" },
      format: { type: "string", default: "mermaid" },
      workspace: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      status: { type: "string" },
      path: { type: "string" },
      plan: { type: "string" },
      from: { type: "string" },
      segment: { type: "string" },
      lead: { type: "string" },
      reason: { type: "string" },
      until: { type: "string" },
      mode: { type: "string" },
      kind: { type: "string" },
      seed: { type: "string" },
      anyway: { type: "boolean", default: false },
      after: { type: "string" },
      limit: { type: "string" },
      model: { type: "string" },
      row: { type: "string" },
      sample: { type: "string" },
      csv: { type: "string" },
      label: { type: "string" },
      drop: { type: "string" },
      positive: { type: "string" },
      unique: { type: "boolean", default: false },
      split: { type: "string", default: "fold" },
      fold: { type: "string", default: "0" },
      groups: { type: "string" },
      out: { type: "string" },
    },
  });
  const [command, ...rest] = positionals;
  const most = command === undefined ? undefined : TAKES[command];
  if (most !== undefined && rest.length > most)
    throw new InvalidInput(`"${rest[most]}" is one too many: see latchkey --help.`);
  if (values.help || command === undefined) {
    process.stdout.write(USAGE);
    return command === undefined && !values.help ? 2 : 0;
  }
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
      return say(await models({ ...LEARNED, ...values }));
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
    case "explain":
      return say(await explain(rest[0], { ...FILES, ...values }));
    case "audit":
      return say(await audit(rest, { ...WHICH, ...values }));
    case "migrate":
      return say(await migrateOnly(values.json));
    default:
      process.stderr.write(`There is no command "${command}".\n\n${USAGE}`);
      return 2;
  }
}

async function startUntilTold(): Promise<number> {
  // Told to end while still starting: the database runs already, so the start is finished first, and then undone.
  const told = new Promise<void>((resolve) => {
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
    await told;
  }
  await latchkey.close();
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
const LEARNED = { location: undefined, kind: undefined, seed: undefined, reason: undefined, groups: undefined };

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
const FILES = { location: undefined, model: undefined, row: undefined, sample: undefined };

const folderOf = ([given]: readonly string[]): string => given ?? (process.env["LATCHKEY_WORKFLOWS"] || "workflows");

function say({ text, exit }: Said): number {
  process.stdout.write(`${text}\n`);
  return exit;
}

async function doctor(json: boolean): Promise<Said> {
  const findings = await examine(readConfig(process.env));
  return said(json, { findings }, report(findings), findings.every(({ ok }) => ok) ? 0 : 1);
}

async function migrateOnly(json: boolean): Promise<Said> {
  const applied = await inHouse(async (premises) => premises.applied);
  return said(json, { applied }, applied.length === 0 ? "Up to date." : `Applied ${applied.join(", ")}.`);
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${faultText(error)}\n`);
  process.exitCode = 2;
}
// a pipe takes its time: what was said is heard before we go
process.stdout.write("", () => process.exit());
