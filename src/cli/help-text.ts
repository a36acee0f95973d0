// What each command is called with: what the overview and `latchkey COMMAND --help` print, and which options a command takes.

/** An option as it is typed, and what it does, with what stands where it is left out. */
export type Flag = readonly [typed: `--${string}`, does: string];

export interface Help {
  /** Each way to call it, and what that does. */
  readonly ways: readonly (readonly [typed: string, does: string])[];
  /** How many words it takes at most. */
  readonly words: number;
  readonly flags: readonly Flag[];
  readonly example: string;
}

const LOCATION: Flag = ["--location ID", "of which location; may be left out where there is only one"];
const KIND = (otherwise: string): Flag => [
  "--kind KIND",
  `chance (to book) or churn (to go cold); default ${otherwise}`,
];
const REASON: Flag = ["--reason TEXT", "why, for the audit; has to be said"];
const GROUPS: Flag = ["--groups FILE.csv", "whose group is which: columns contact and group"];
const FOLDER = "the folder: default LATCHKEY_WORKFLOWS, or workflows";

export const HELP: Readonly<Record<string, Help>> = {
  start: {
    ways: [["start", "run Latchkey (what npm start does), until Ctrl-C"]],
    words: 0,
    flags: [],
    example: "PORT=3100 npx latchkey start",
  },
  check: {
    ways: [["check [folder]", `what is wrong in workflow files; ${FOLDER}`]],
    words: 1,
    flags: [
      ["--strict", "warnings count as errors do"],
      ["--fix", "give names to the steps on which leads would wait"],
      [
        "--location ID",
        "against what this location has: tags, fields, users, links, leads who wait; default the files alone",
      ],
    ],
    example: "npx latchkey check workflows --strict",
  },
  plan: {
    ways: [["plan [folder]", "what publishing would change, and the fate of every lead who waits"]],
    words: 1,
    flags: [LOCATION],
    example: "npx latchkey plan workflows",
  },
  runs: {
    ways: [
      ["runs list", "runs, by what the options name"],
      ["runs ACT [RUN]", "pause, resume, stop, retry, skip, re-time or move one run, or all that the options name"],
    ],
    words: 2,
    flags: [
      ["--workflow ID", "of this workflow"],
      ["--status LIST", "in these states: pending, waiting, paused, completed, failed, stopped"],
      ["--path STEP", "at this step"],
      ["--plan VERSION", "on this version, by its first digits; of move: the version to move to, default the live one"],
      ["--from VERSION", "of move: on this version"],
      ["--segment NAME", "of leads in this segment"],
      ["--lead LEAD", "of this lead, by id, e-mail, phone or name"],
      ["--dry-run", "say how many, and do nothing"],
      ["--reason TEXT", 'why, for the audit; default "by hand"'],
      ["--until INSTANT", "of re-time: 2026-11-20T09:00:00-06:00"],
      ["--mode MODE", "of move: move, re-time or exit; default move"],
      [
        "--force",
        "of retry: also where what the step sent has left; then it is sent once more. Of re-time: also to an instant that is over; then they go on at once",
      ],
      ["--limit N", "of list: how many; default 50"],
      ["--after RUN", "of list: from behind this run on"],
      LOCATION,
    ],
    example: "npx latchkey runs pause --workflow tour_offer --dry-run",
  },
  graph: {
    ways: [["graph [folder]", "draw a workflow"]],
    words: 1,
    flags: [
      ["--workflow ID", "which; may be left out where there is only one"],
      ["--format FORMAT", "mermaid or svg; default mermaid"],
    ],
    example: "npx latchkey graph --workflow hot_lead --format svg > hot_lead.svg",
  },
  schema: {
    ways: [["schema [folder]", "print the JSON Schema of workflow files, for an editor"]],
    words: 1,
    flags: [
      ["--workspace", "with the names that exist in the folder, and leave it there for the editor"],
      ["--location ID", "with --workspace: with the names that this location has"],
    ],
    example: "npx latchkey schema workflows --workspace",
  },
  simulate: {
    ways: [["simulate [folder]", "run workflows against a simulated town, in memory"]],
    words: 1,
    flags: [], // it is a program of its own, and prints its own help
    example: "npx latchkey simulate workflows --seed 7",
  },
  backtest: {
    ways: [["backtest FILE", "a draft, or a folder of them, on what has really happened, beside what is live"]],
    words: 1,
    flags: [["--since DAYS", "how far back: 1d to 999d; default 30d"], LOCATION],
    example: "npx latchkey backtest drafts/tour_offer.yaml --since 60d",
  },
  replay: {
    ways: [["replay LEAD", "decide a lead's recorded turns again, and compare; LEAD: its id, e-mail, phone or name"]],
    words: 1,
    flags: [LOCATION],
    example: "npx latchkey replay maya@example.com",
  },
  import: {
    ways: [
      ["import", "read a location's past out of the CRM, setting nothing off; ended at any time, it goes on"],
      ["import FILE.csv", "leads of a file into the CRM"],
    ],
    words: 1,
    flags: [
      ["--since DAYS", "how far back messages are read; default 90d"],
      ["--only LIST", "contacts, opportunities, messages; default all of them"],
      ["--map LIST", 'which column of the file is what: "Cell=phone,Budget=custom.budget"'],
      ["--dry-run", "count, and do nothing"],
      LOCATION,
    ],
    example: "npx latchkey import --since 180d --dry-run",
  },
  train: {
    ways: [["train", "learn from this location's outcomes, judge what was learned, and keep it"]],
    words: 0,
    flags: [
      KIND("chance"),
      [
        "--outcome WORD",
        "what this location's chance is of from now on: appointment (the default), or won, a deal won",
      ],
      ["--days N", "how far ahead it looks, of won: 60 to 365; default 180"],
      ["--seed N", "for whatever is drawn by lot; default 1"],
      [GROUPS[0], `${GROUPS[1]}: a model that is worse to a group does not pass`],
      LOCATION,
    ],
    example: "npx latchkey train --kind chance",
  },
  models: {
    ways: [
      ["models", "what has been learned, how it was judged, and what scores now"],
      ["models export MODEL", "a kept model as a file, by its first digits; no lead, agent or team is in it"],
    ],
    words: 2,
    flags: [KIND("both"), ["--out FILE", "of export: where it goes; default standard output"], LOCATION],
    example: "npx latchkey models",
  },
  promote: {
    ways: [["promote MODEL", "let a model score, by its first digits"]],
    words: 1,
    flags: [REASON, ["--anyway", "also one that does not pass its bars"], LOCATION],
    example: 'npx latchkey promote 3f9a1c02b7de --reason "better on spring leads"',
  },
  rollback: {
    ways: [["rollback", "back to the model before, or to the rules"]],
    words: 0,
    flags: [REASON, KIND("chance"), LOCATION],
    example: 'npx latchkey rollback --reason "scores look odd"',
  },
  evaluate: {
    ways: [
      ["evaluate", "learn from some rows of any CSV of two outcomes, and say how good the chances are on the others"],
    ],
    words: 0,
    flags: [
      ["--csv FILE", "the rows, packed with gzip or not; has to be named"],
      ["--label COLUMN", "the column of outcomes; has to be named"],
      ["--drop LIST", "columns that are not to be learned from"],
      ["--positive VALUE", "the outcome whose chance is meant; default the one that says yes, else the rarer one"],
      ["--lead COLUMN", "whose row it is, where somebody has several: they stay on one side"],
      ["--unique", "of equal rows only the first"],
      ["--split HOW", "fold (by lot) or temporal (the last rows are held back); default fold"],
      ["--fold N", "which of 5 is held back; choose on 1, judge on 0; default 0"],
      ["--seed N", "for whatever is drawn by lot; default 1"],
    ],
    example: "npx latchkey evaluate --csv leads.csv --label booked",
  },
  doctor: {
    ways: [["doctor", "try the database, the clock, the files, the webhook key, the CRM's token and its scopes"]],
    words: 0,
    flags: [],
    example: "npx latchkey doctor",
  },
  keys: {
    ways: [
      ["keys list", "who may use the API"],
      ["keys create", "make an API key; it is shown once"],
      ["keys revoke ID", "end one"],
    ],
    words: 2,
    flags: [
      LOCATION,
      ["--name NAME", "of create: who has it"],
      ["--role ROLE", "viewer, agent, manager or owner; default agent"],
    ],
    example: "npx latchkey keys create --name website",
  },
  links: {
    ways: [
      ["links set NAME URL", "what texts call link.NAME (booking, listings, form.<name>)"],
      ["links list", "all of them"],
      ["links remove NAME", "forget one"],
    ],
    words: 3,
    flags: [LOCATION],
    example: "npx latchkey links set booking https://www.example.com/book",
  },
  site: {
    ways: [
      [
        "site allow ORIGIN",
        "let pages of https://www.example.com tell what visitors do, and print what to put into them",
      ],
      ["site forbid ORIGIN", "no longer"],
      ["site show", "the origins, and the line for the pages"],
      ["site renew", "a new key for the pages"],
      ["site postal ADDRESS", "where the team can be written to: stands under its marketing e-mails"],
    ],
    words: 2,
    flags: [LOCATION],
    example: "npx latchkey site allow https://www.example.com",
  },
  merge: {
    ways: [
      [
        "merge GONE SURVIVOR",
        "two contacts are one person: what comes for the first reaches the second; each its id, e-mail, phone or name",
      ],
    ],
    words: 2,
    flags: [LOCATION],
    example: "npx latchkey merge oldContactId keptContactId",
  },
  secrets: {
    ways: [
      ["secrets set NAME", "keep a value that webhooks are signed with, read from standard input"],
      ["secrets list", "their names"],
      ["secrets remove NAME", "forget one"],
    ],
    words: 2,
    flags: [LOCATION],
    example: "npx latchkey secrets set crm_hook < value.txt",
  },
  reseal: {
    ways: [["reseal", "what would be given up where the secret that tokens are sealed with is lost"]],
    words: 0,
    flags: [["--lost", "give it up, and begin with the secret at hand; all processes of Latchkey ended before"]],
    example: "npx latchkey reseal",
  },
  senders: {
    ways: [
      ["senders list", "domains and channels of ours that are refused: their marketing waits for a day"],
      ["senders lift DOMAIN", "let one go again (crm: where the CRM picks the sender; or sms, whatsapp, voice)"],
    ],
    words: 2,
    flags: [LOCATION],
    example: "npx latchkey senders lift mail.example.com",
  },
  reopen: {
    ways: [
      [
        "reopen LEAD phone|email",
        "a number or address that refusals had closed is good; LEAD: its id, e-mail, phone or name",
      ],
    ],
    words: 2,
    flags: [LOCATION],
    example: 'npx latchkey reopen "(512) 555-0142" phone',
  },
  lift: {
    ways: [
      [
        "lift LEAD phone|email",
        "take back an opt-out that the team judged or the unsubscribe link made; LEAD: its id, e-mail, phone or name",
      ],
    ],
    words: 2,
    flags: [
      LOCATION,
      ["--why REASON", "judged_by_mistake, asked_by_phone or asked_in_writing"],
      ["--when INSTANT", "when the lead asked, as 2026-11-01T16:30:00Z; none for a mistake"],
      ["--evidence TEXT", "what shows it, as who heard it, or which letter; for the audit"],
    ],
    example: 'npx latchkey lift ocQHyuzHvysMo5N5VsXc phone --why judged_by_mistake --evidence "it was about a tour"',
  },
  explain: {
    ways: [
      [
        "explain LEAD",
        "why a lead stands where it stands, and what there is to do; LEAD: its id, e-mail, phone or name",
      ],
      [
        "explain LEAD --messages",
        "why their last messages went, wait or were refused, and what took them into no workflow",
      ],
      ["explain --message ID", "why this message went, waits or was refused"],
      ["explain", "the same as of a lead, of files: --model and --row"],
    ],
    words: 1,
    flags: [
      LOCATION,
      [
        "--messages",
        "of a lead: the last ten of its messages, and of what it did not enter, as the page says under Why",
      ],
      ["--message ID", "the id of a message, or of a decision"],
      ["--interventional", "of a lead: against 100 leads of its location, feature by feature, for audits"],
      ["--model MODEL.json", "of files: the model, exported or by itself"],
      ["--row ROW.json", "of files: the row"],
      ["--sample ROWS.json", "of files: against these rows; default against the average of what it learned from"],
    ],
    example: 'npx latchkey explain "Maya Torres"',
  },
  audit: {
    ways: [
      ["audit verify", "make every hash of the records again, and name the first that does not hold"],
      ["audit held", "what was held or not sent, by day and rule"],
      ["audit export FILE", "the evidence of a lead or a period as one zip"],
      ["audit fairness", "what scores, what it reads, and what it does to groups"],
    ],
    words: 2,
    flags: [
      ["--lead LEAD", "of verify and export: this lead alone, by id, e-mail, phone or name"],
      ["--from INSTANT", "of held and export: since then; default 30 days back"],
      ["--until INSTANT", "of held and export: up to then; default now"],
      [GROUPS[0], `of fairness: ${GROUPS[1]}`],
      ["--out FILE.md", "of fairness: into this file; default printed"],
      LOCATION,
    ],
    example: "npx latchkey audit export evidence.zip --lead ocQHyuzHvysMo5N5VsXc",
  },
  migrate: {
    ways: [["migrate", "bring the database up to date, and stop"]],
    words: 0,
    flags: [],
    example: "npx latchkey migrate",
  },
};
