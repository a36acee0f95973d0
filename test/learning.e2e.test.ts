// What a team learns, from a terminal: trained, listed, judged, promoted, explained, audited and taken back by real
// processes, over a database of leads whose bookings follow what they look at.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { insertEvents, insertMail, letterOf, type StoredEvent } from "../src/events/index.ts";
import { newId } from "../src/kernel/ids.ts";
import { DAY, HOUR } from "../src/kernel/time.ts";
import { databasePerFile } from "./database.ts";
import { dice } from "./models.ts";
import { scoredScenes } from "./scored-place.ts";
import { openPlace, type Place } from "./turns.ts";

const program = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
const LEADS = 1_000;
/** Chances of then, whose thirty days are over now. */
const THEN = 40 * DAY;
const now = Date.now();
const db = databasePerFile();
let place: Place;
let data: string;

beforeAll(async () => {
  place = await openPlace(db, now - THEN);
  data = mkdtempSync(join(tmpdir(), "latchkey-learning-"));
  await fill();
});
afterAll(async () => {
  if (data !== undefined) rmSync(data, { recursive: true, force: true });
});

const nameOf = (lead: number) => `lead_${String(lead).padStart(5, "0")}`;
const groupOf = (lead: number) => (lead % 2 === 0 ? "elm" : "oak");

/** Leads who look at homes, the keen ones more; who looks more books more often. Those of oak look at the same ones again. */
async function fill(): Promise<void> {
  const roll = dice(7);
  for (let lead = 0; lead < LEADS; lead += 1) {
    const id = nameOf(lead);
    const came = Math.floor(now - 300 * DAY + roll() * 290 * DAY);
    const keen = roll();
    const events: StoredEvent[] = [];
    const tell = (type: string, at: number, more: StoredEvent["data"], source: StoredEvent["source"] = "site") => {
      const stamp = Math.floor(at);
      const about = { location: place.location, lead: id, source };
      events.push({ ...about, id: newId(stamp), type, at: stamp, receivedAt: stamp, data: more });
    };
    const contact = { name: id, firstName: id, email: `${id}@example.com`, tags: [] };
    tell("crm.contact", came, { change: "create", asOf: came, createdAt: came, contact }, "crm");
    for (let day = 0; day < 45; day += 1) {
      const at = came + day * DAY + roll() * 10 * HOUR;
      if (at > now - HOUR) break;
      const home = `home_${Math.floor(roll() * (groupOf(lead) === "oak" ? 2 : 200))}`;
      if (roll() < 0.5 * keen) tell("property_view", at, { "property.id": home });
      if (roll() < 0.03 * keen ** 3) {
        tell("appointment.booked", at + HOUR, { "appointment.id": `${id}_a` }, "crm");
        break;
      }
    }
    await db.database.transaction([place.location], (sql) => insertEvents(sql, events));
    seeded.push(...events);
  }
}
const seeded: StoredEvent[] = [];

/** Every lead's events of this time, decided by turns that the live model scores. */
async function live(from: number, until: number): Promise<void> {
  place.clock.at = until;
  const some = seeded.filter(({ at }) => at > from && at <= until);
  await db.database.transaction([place.location], (sql) => insertMail(sql, some.map(letterOf)));
  const scenes = scoredScenes();
  while ((await place.run({ scenes }, { limit: 500 })) > 0);
}

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env["PATH"], LATCHKEY_DATA: data, DATABASE_URL: db.url },
    stdio: ["ignore", "pipe", "pipe"],
  });

interface Ended {
  readonly said: string;
  readonly complaint: string;
  readonly exit: number | null;
}

function ended(child: ChildProcess): Promise<Ended> {
  let [said, complaint] = ["", ""];
  child.stdout?.on("data", (text) => {
    said += text;
  });
  child.stderr?.on("data", (text) => {
    complaint += text;
  });
  return new Promise((resolve) => {
    child.on("close", (exit) => resolve({ said: said.trimEnd(), complaint: complaint.trimEnd(), exit }));
  });
}

const run = (...args: readonly string[]): Promise<Ended> => ended(start(args));
async function asked<Answer>(...args: readonly string[]): Promise<Answer> {
  const { said, complaint, exit } = await run(...args, "--json");
  expect([complaint.replace(/^(Waiting|Reading|Learning|Judging).*$/gm, "").trim(), exit]).toEqual(["", 0]);
  return JSON.parse(said) as Answer;
}

interface Listed {
  readonly items: readonly { readonly id: string; readonly kind: string; readonly state: string }[];
  readonly scores: { readonly chance: string; readonly churn: string };
}

describe("what a team learns", () => {
  let model: string;

  test("is nothing where the training is ended by Ctrl-C, which says how far it is", async () => {
    const child = start(["train"]);
    const end = ended(child);
    await new Promise((resolve) => child.stderr?.once("data", resolve));
    child.kill("SIGINT");
    const { said, complaint, exit } = await end;
    expect([said, exit]).toEqual(["Cancelled; nothing of it was kept.", 1]);
    expect(complaint).toMatch(/^Waiting for its turn/);
    expect((await asked<Listed>("models")).scores).toEqual({ chance: "rules", churn: "nobody" });
  });

  test("is judged by later leads, and scores once it is better than the rules", async () => {
    const { said, exit } = await run("train", "--seed", "3");
    expect([said, exit]).toEqual([expect.stringMatching(/^Model [0-9a-f]{12} scores now: it passed its bars/), 0]);
    const { items, scores } = await asked<Listed>("models");
    model = scores.chance;
    expect(items).toMatchObject([{ id: model, kind: "chance", state: "champion" }]);
    const listed = await run("models", "--kind", "chance");
    expect(listed.said).toContain(
      `Chance, asked to be of an appointment within 30 days: ${model.slice(0, 12)}. Going cold`,
    );
    expect(listed.said).toMatch(/champion .* rows {2}AUC 0\.\d{3}/);
    expect(listed.said).toContain(`Last training of the chance: Model ${model.slice(0, 12)} scores now`);
  });

  test("is the same model where it is learned again, whenever that is: no challenger, and nobody else scores", async () => {
    expect(await run("train", "--seed", "3")).toMatchObject({
      said: "The same outcomes under the same seed made the same model as before.",
      exit: 0,
    });
    const { items, scores } = await asked<Listed>("models");
    expect([items.length, scores.chance]).toEqual([1, model]);
  });

  test("goes back to the rules, and scores again by a person's word, each with its reason", async () => {
    expect(await run("rollback")).toMatchObject({ complaint: expect.stringMatching(/^Expected: rollback/), exit: 2 });
    expect(await run("rollback", "--reason", "it is odd")).toMatchObject({ said: "The rules score now.", exit: 0 });
    expect(await run("rollback", "--reason", "again")).toMatchObject({
      complaint: "The rules score here: there is nothing to take back.",
      exit: 2,
    });
    const short = model.slice(0, 12);
    expect(await run("promote", short, "--reason", "it is not")).toMatchObject({
      said: `Model ${short} scores now.`,
      exit: 0,
    });
    expect(await run("promote", short, "--reason", "twice")).toMatchObject({ exit: 2 });
    expect(await run("promote", "0123456789ab", "--reason", "x")).toMatchObject({
      complaint: "There is no such model here.",
      exit: 2,
    });
    expect((await asked<Listed>("models")).scores.chance).toBe(model);
  });

  test("explains a lead that it scored, to the last digit", async () => {
    await live(0, now - THEN);
    await live(now - THEN, now);
    const lead = nameOf(2);
    const { said, exit } = await run("explain", lead);
    expect([said, exit]).toEqual([expect.stringContaining(lead), 0]);
    const told = await asked<{ model: string; chance: { off: number; chance: number; reasons: unknown[] } }>(
      "explain",
      lead,
    );
    expect(told.model).toContain(model.slice(0, 12));
    expect(told.chance.off).toBeLessThan(1e-9);
    expect(told.chance.reasons.length).toBeGreaterThan(0);
    const others = await asked<typeof told & { chance: { against: { leads: number } } }>(
      ...["explain", lead, "--interventional"],
    );
    expect(others.chance).toMatchObject({ chance: told.chance.chance, against: { leads: 100 } });
    expect(others.chance.off).toBeLessThan(1e-9);
    expect(await run("explain", "nobody")).toMatchObject({ exit: 2 });
  });

  test("is audited whole: who is chosen, whether chances come true by group, what tells the group, and what flips", async () => {
    const groups = join(data, "groups.csv");
    const lines = Array.from({ length: LEADS }, (_, lead) => `${nameOf(lead)},${groupOf(lead)}`);
    writeFileSync(groups, ["contact,group", ...lines].join("\n"));
    const out = join(data, "audit.md");
    const report = await asked<Report>("audit", "fairness", "--groups", groups, "--out", out);
    expect(report.models).toMatchObject([{ id: expect.stringContaining(model.slice(0, 12)), leads: LEADS }]);
    expect(report.models[0]?.learned?.rows).toBeGreaterThan(1_000);
    const found = report.groups;
    expect(found.n).toBe(LEADS);
    // who is chosen: those who stand so high, the ratio of both shares within its interval
    const { hot, warm } = report.leads.tiers;
    const chosen = found.impact.cuts.map(({ groups }) => groups.reduce((sum, group) => sum + group.chosen, 0));
    expect(chosen).toEqual([hot, hot + warm]);
    for (const { groups, reference, ratios } of found.impact.cuts) {
      const [less, most] = groups.toSorted((a, b) => a.chosen - b.chosen);
      expect([less?.n, most?.n]).toEqual([LEADS / 2, LEADS / 2]);
      const value = (less?.chosen ?? 0) / (most?.chosen ?? 0);
      expect(ratios).toMatchObject([{ ratio: { value: expect.closeTo(value, 9) }, below: value < 0.8 }]);
      expect(reference).not.toBe(ratios[0]?.group);
      expect(ratios[0]?.ratio).toSatisfy(holdsItself);
    }
    // whether chances come true: no more came than booked, and the verdict is where the chance lies beside the interval
    expect(found.calibrations.map(({ group }) => group)).toEqual(["elm", "oak"]);
    for (const { group, n, said, came, verdict } of found.calibrations) {
      expect(n).toBeGreaterThanOrEqual(200);
      expect(came).toSatisfy(holdsItself);
      const times = n * (came?.value ?? Number.NaN);
      expect(times).toBeCloseTo(Math.round(times), 6);
      expect(times).toBeGreaterThan(0);
      expect(times).toBeLessThanOrEqual(bookedIn(group));
      const { low = 1, high = 0 } = came ?? {};
      const beside = (said ?? 0) < low ? "more than said" : (said ?? 1) > high ? "less than said" : "as said";
      expect(verdict).toBe(beside);
    }
    // what tells the group: that those of oak look at the same homes again, and nothing else alone
    for (const { together, columns } of found.proxies) {
      const [first, second] = columns.toSorted((a, b) => b.auc.value - a.auc.value);
      expect(first).toMatchObject({ name: "again_share", auc: { value: expect.toSatisfy((auc) => auc > 0.6) } });
      expect(second?.auc.value).toBeLessThan(0.56);
      expect(together?.auc.value).toBeGreaterThan(0.6);
    }
    // what flips: every lead was asked, and those whose tier changes are those of both groups together
    const { n, columns, changed, up = 0, down = 0, groups: flipped } = found.flips;
    expect([n, columns]).toEqual([LEADS, ["again_share"]]);
    expect(flipped.map((one) => [one.group, one.n])).toEqual([
      ["elm", LEADS / 2],
      ["oak", LEADS / 2],
    ]);
    expect(flipped.reduce((sum, one) => sum + one.up + one.down, 0)).toBe(up + down);
    expect(changed?.value).toBeCloseTo((up + down) / LEADS, 9);
    expect(changed).toSatisfy(holdsItself);
    const document = readFileSync(out, "utf8");
    for (const part of [
      "## Who is chosen",
      "## Where the scores lie",
      "## Whether chances come true",
      "## How groups were treated",
      "## Whether what is read tells the group",
      "## What if they were of another group",
    ])
      expect(document).toContain(part);
    expect(document).not.toContain("Not asked: the rows");
    // what is shown from then on: figures, no group
    const { fairness } = await asked<{ fairness: object }>("models");
    expect(fairness).toMatchObject({ n: LEADS, groups: 2, calibrated: { groups: 2 } });
    expect(JSON.stringify(fairness)).not.toMatch(/elm|oak/);
  }, 300_000);
});

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const holdsItself = ({ value, low, high }: Interval): boolean => low <= value && value <= high && low < high;

const bookedIn = (group: string): number =>
  seeded.filter(({ type, lead }) => type === "appointment.booked" && groupOf(Number(lead.slice(-5))) === group).length;

interface Report {
  readonly models: readonly { readonly id: string; readonly leads: number; readonly learned?: { rows: number } }[];
  readonly leads: { readonly tiers: { readonly hot: number; readonly warm: number; readonly cold: number } };
  readonly groups: {
    readonly n: number;
    readonly impact: {
      readonly cuts: readonly {
        readonly groups: readonly { readonly group: string; readonly n: number; readonly chosen: number }[];
        readonly reference: string;
        readonly ratios: readonly { readonly group: string; readonly ratio: Interval; readonly below: boolean }[];
      }[];
    };
    readonly calibrations: readonly {
      readonly group: string;
      readonly n: number;
      readonly said?: number;
      readonly came?: Interval;
      readonly verdict?: string;
    }[];
    readonly proxies: readonly {
      readonly together?: { readonly auc: Interval };
      readonly columns: readonly { readonly name: string; readonly auc: Interval }[];
    }[];
    readonly flips: {
      readonly columns: readonly string[];
      readonly n: number;
      readonly changed?: Interval;
      readonly up?: number;
      readonly down?: number;
      readonly groups: readonly {
        readonly group: string;
        readonly n: number;
        readonly up: number;
        readonly down: number;
      }[];
    };
  };
}
