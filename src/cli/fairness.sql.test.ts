// `latchkey audit fairness` from a database to the document that is filed.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { cliHouse } from "../../test/cli-place.ts";
import { score } from "../scoring/index.ts";
import { audit } from "./audit.ts";

const LOCATION = "loc_fair";
const NOW = Date.UTC(2026, 10, 18, 19);
const house = cliHouse();

/** Eighty leads; those of the second half have looked at no home. */
async function seed(): Promise<void> {
  await house.database.transaction([LOCATION], async (sql) => {
    await sql.query(
      "insert into installation (location_id, installed_at, seed, workflow_secret) values ($1, now(), 'seed', '')",
      [LOCATION],
    );
    for (let n = 0; n < 80; n += 1) {
      const views = n < 40 ? 3 + (n % 4) : 0;
      const engagement = views / 10;
      const told = score({ engagement, qualification: 0.6, idle: 0, views, wrote: true, appointment: false });
      await sql.query("insert into lead (location_id, lead_id, seen_at, data) values ($1, $2, now(), $3)", [
        LOCATION,
        `lead_${n}`,
        JSON.stringify({ stub: false, deleted: false, createdAt: NOW }),
      ]);
      await sql.query("insert into lead_state (location_id, lead_id, data) values ($1, $2, $3)", [
        LOCATION,
        `lead_${n}`,
        JSON.stringify({ score: told, scoredAt: NOW }),
      ]);
    }
  });
}

beforeAll(seed);

const WHICH = { location: LOCATION, lead: undefined, from: undefined, until: undefined, json: false } as const;

test("without groups the document names model and features, and says what is not known", async () => {
  const { text, exit } = await audit(["fairness"], { ...WHICH, groups: undefined, out: undefined });
  expect(exit).toBe(0);
  for (const said of [`# Fairness audit of ${LOCATION}`, "rules-1", "engagement", "no file of groups was given"])
    expect(text).toContain(said);
});

test("the document lists the custom fields that the CRM has named: what is read, and what is left alone and why", async () => {
  await house.database.transaction([LOCATION], async (sql) => {
    for (const [id, key, name] of [
      ["f1", "contact.max_price", "Household income"],
      ["f2", "contact.move_in_timeline", "When will you move?"],
      ["f3", "contact.notes", "Notes"],
    ])
      await sql.query(
        "insert into catalog (location_id, kind, item_id, data, as_of) values ($1, 'field', $2, $3, now())",
        [LOCATION, id, JSON.stringify({ key, name })],
      );
  });
  const { text } = await audit(["fairness"], { ...WHICH, groups: undefined, out: undefined });
  for (const said of [
    '| max_price | Household income | budget | Household income | family status is protected ("household") |',
    "| move_in_timeline | When will you move? | time line |",
    "The other 1: of these nothing is read",
  ])
    expect(text).toContain(said);
});

test("with groups it says whom the scores choose and by what, and nothing of the groups is kept", async () => {
  const groups = join(house.folder, "groups.csv");
  const lines = Array.from({ length: 80 }, (_, n) => `lead_${n},${n < 40 ? "elm" : "oak"}`);
  await writeFile(groups, ["contact,group", ...lines, "lead_unknown,oak"].join("\n"));
  const out = join(house.folder, "audit.md");
  const { text } = await audit(["fairness"], { ...WHICH, groups, out });
  expect(text).toBe(`${out} is written: 80 scored leads.`);
  const document = await readFile(out, "utf8");
  expect(document).toContain(
    "with a group that the auditor brought: 80. Lines of the file that name no scored lead of the location: 1.",
  );
  expect(document).toMatch(/The file: groups\.csv, SHA-256 [0-9a-f]{64}\./);
  expect(document).toMatch(/\| oak \| 40 \| 0 \| 0\.0 % .*0\.00 \(0\.00 to .*under 0\.8 \|/);
  expect(document).toContain("| views |");
  expect(document).toMatch(/views.* taken from a lead of another group, all else as it is/);
  const kept = await house.database.transaction([LOCATION], (sql) =>
    sql.query("select 1 from lead_state where location_id = $1 and data::text like '%oak%'", [LOCATION]),
  );
  expect(kept.rows).toEqual([]);
});
