import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluate } from "./scoring.ts";

const asked = (csv: string) =>
  evaluate({
    ...{ json: false, csv, label: "y", drop: undefined, lead: undefined, positive: undefined, unique: false },
    ...{ split: "fold", fold: "0", seed: undefined },
  });

test.each<[string, Buffer]>([
  ["of a spreadsheet's own letters", Buffer.from("cité,y\nà,0\n", "latin1")],
  ["of two bytes a letter", Buffer.from("\uFEFFa,y\n1,0\n", "utf16le")],
])("a file %s is refused, and its letters are not lost", async (_, bytes) => {
  const file = join(mkdtempSync(join(tmpdir(), "latchkey-")), "leads.csv");
  writeFileSync(file, bytes);
  await expect(asked(file)).rejects.toThrow("is no text in UTF-8: save it as CSV in UTF-8 and try again");
});
