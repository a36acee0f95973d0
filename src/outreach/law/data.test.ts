import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { normalizePhone } from "../../kernel/phone.ts";
import { isZone } from "../../kernel/zone.ts";

interface Dated {
  readonly effectiveFrom?: string | null;
  readonly effectiveTo?: string | null;
  readonly source?: string;
  readonly checkedOn?: string;
  readonly confidence?: string;
}
type DataFile = Dated & { readonly rows: readonly (Dated & Readonly<Record<string, unknown>>)[] };

const folder = new URL("./data/", import.meta.url);
const files = readdirSync(folder).map((name): [string, DataFile] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), "utf8")) as DataFile,
]);
const rows = files.flatMap(([name, file]) =>
  file.rows.map((row, n) => ({ at: `${name} row ${n + 1}`, ...file, ...row })),
);

/**
 * The date that data must be fresh for: the newest release, or AS_OF for who checks today's. Never the wall clock, so that
 * an old checkout still passes; a release with data of last year does not.
 */
function reference(): string {
  const changelog = new URL("../../../../CHANGELOG.md", import.meta.url);
  const released = existsSync(changelog) ? (readFileSync(changelog, "utf8").match(/\b20\d\d-\d\d-\d\d\b/g) ?? []) : [];
  return process.env["AS_OF"] ?? [...released, ...rows.map((row) => row.checkedOn ?? "")].sort().at(-1) ?? "";
}

const find = (name: string): DataFile => files.find(([file]) => file === name)?.[1] as DataFile;

describe("dated data", () => {
  test("every row has a source, a confidence and the day it was checked, of its own or of its file", () => {
    for (const row of rows) {
      expect(row.source, row.at).toMatch(/./);
      expect(["low", "med", "high"], row.at).toContain(row.confidence);
      expect(row.checkedOn, row.at).toMatch(/^\d{4}-\d\d-\d\d$/);
      for (const date of [row.effectiveFrom, row.effectiveTo]) {
        if (date != null) expect(date, row.at).toMatch(/^\d{4}-\d\d-\d\d$/);
      }
    }
  });

  test("nothing was checked more than twelve months before the release", () => {
    const year = new Date(`${reference()}T00:00:00Z`);
    year.setUTCFullYear(year.getUTCFullYear() - 1);
    const oldest = year.toISOString().slice(0, 10);
    expect(rows.filter((row) => (row.checkedOn ?? "") < oldest).map((row) => row.at)).toEqual([]);
  });

  test("every zone is one we can compute with, and a code or ZIP lies only in zones of its states", () => {
    const zones = new Map(find("state-zones.json").rows.map((row) => [row["state"], row["zones"] as string[]]));
    for (const name of ["state-zones.json", "area-codes.json", "zip-zones.json"]) {
      for (const row of find(name).rows)
        for (const zone of row["zones"] as string[]) expect(isZone(zone), zone).toBe(true);
    }
    for (const row of find("zip-zones.json").rows) {
      for (const state of row["states"] as string[]) {
        expect(
          (row["zones"] as string[]).some((zone) => zones.get(state)?.includes(zone)),
          `${row["from"]} ${state}`,
        ).toBe(true);
      }
    }
  });

  test("area codes are listed once, and a Canadian or island one is never read as American", () => {
    const codes = find("area-codes.json").rows;
    expect(new Set(codes.map((row) => row["code"])).size).toBe(codes.length);
    for (const row of codes) {
      expect((row["zones"] as string[]).length > 0, String(row["code"])).toBe(row["country"] === "US");
      expect(normalizePhone(`${row["code"]}5550101`), String(row["code"])).toBe(`+1${row["code"]}5550101`);
    }
  });

  test("the codes in two zones are those of the table", () => {
    const split = find("area-codes.json")
      .rows.filter((row) => (row["zones"] as string[]).length > 1)
      .map((row) => Number(row["code"]));
    expect(split).toEqual([
      208, 219, 256, 270, 308, 334, 364, 423, 432, 448, 458, 541, 574, 605, 606, 620, 701, 706, 729, 762, 775, 785, 812,
      850, 906, 907, 915, 928, 930, 938, 986,
    ]);
  });
});
