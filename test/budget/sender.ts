// A sender in a process of its own, as main.ts composes it: the real client, channels, checks and database.

import { openRights } from "../../src/app/rights.ts";
import { openDatabase, openDatabaseClock } from "../../src/database/index.ts";
import { openChannels, openHighLevel, openLookup, openRecords } from "../../src/highlevel/index.ts";
import { openFacts } from "../../src/kernel/facts.ts";
import { readLeads } from "../../src/leads/index.ts";
import { openBudget, openRenderer, openSender } from "../../src/outreach/index.ts";
import { placeIn } from "../../src/timetravel/index.ts";
import { openScenes } from "../../src/turns/index.ts";
import { openPublications } from "../../src/workflows/index.ts";

const { SENDER_DATABASE = "", SENDER_PROVIDER = "" } = process.env;
const addressKey = "key of the budget suite";

const facts = openFacts();
facts.on("loop_failed", ({ loop, reason }) => process.stderr.write(`${loop}: ${reason}\n`));
const database = await openDatabase({ url: SENDER_DATABASE, applicationName: "latchkey budget", max: 12 });
const clock = await openDatabaseClock((work) => database.transaction([], work));
const budget = openBudget({ database, clock });
const api = openHighLevel({
  url: SENDER_PROVIDER,
  clock,
  token: (location) => location,
  onRate: (location, rate) => budget.note(location, rate),
  budget,
});
const scenes = openScenes({
  publications: openPublications(),
  place: () => placeIn("America/New_York", "seed"),
  renderer: openRenderer(),
  addressKey,
});
const sender = openSender({
  database: database.steady,
  clock,
  facts,
  budget,
  addressKey,
  leads: readLeads,
  rights: openRights(scenes, clock),
  channels: openChannels(api.granted, clock),
  records: openRecords(api.granted, clock),
  hook: async () => ({ result: "rejected", reason: "forbidden", status: 0, detail: "no webhook is asked here" }),
  trigger: async () => ({ result: "rejected", reason: "forbidden", status: 0, detail: "nothing is told here" }),
  lookup: openLookup(api.granted, clock),
});

process.stdout.write("ready\n");
process.stdin
  .on("end", async () => {
    await sender.close();
    await api.close();
    await database.close();
    process.stdout.write(`${JSON.stringify(process.cpuUsage())}\n`, () => process.exit());
  })
  .resume();
