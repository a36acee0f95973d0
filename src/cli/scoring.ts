// `latchkey evaluate`: how good learned chances are, on any CSV, as on leads.

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { InvalidInput } from "../kernel/errors.ts";
import { labeled, readSheet, type Split, trialText, tried } from "../scoring/index.ts";
import { type Said, said } from "./said.ts";

interface Asked {
  readonly json: boolean;
  readonly csv: string | undefined;
  readonly label: string | undefined;
  readonly drop: string | undefined;
  readonly lead: string | undefined;
  readonly positive: string | undefined;
  readonly unique: boolean;
  readonly split: string;
  readonly fold: string;
  readonly seed: string | undefined;
}

export async function evaluate({ json, csv, label, drop, lead, positive, unique, ...asked }: Asked): Promise<Said> {
  if (csv === undefined || label === undefined)
    throw new InvalidInput("Expected a file and its column of outcomes: evaluate --csv FILE --label COLUMN");
  const split = splitOf(asked);
  const seed = Number(asked.seed ?? 1);
  if (!Number.isSafeInteger(seed)) throw new InvalidInput("--seed: expected a whole number");
  const rows = labeled(readSheet(await textOf(csv)), { label, drop: listOf(drop), lead, positive, unique });
  const trial = tried(rows, { split, seed, onProgress: toldSlowly() });
  const document = { file: basename(csv), label, positive: rows.positive, repeated: rows.repeated, ...trial };
  return said(json, document, trialText(basename(csv), label, rows, trial));
}

const listOf = (text: string | undefined): string[] => (text ?? "").split(",").filter((name) => name !== "");

function splitOf({ split, fold }: Pick<Asked, "split" | "fold">): Split {
  if (split === "temporal") return { kind: "temporal" };
  if (split !== "fold") throw new InvalidInput("--split: expected fold or temporal");
  if (!/^[0-4]$/.test(fold)) throw new InvalidInput("--fold: expected 0, 1, 2, 3 or 4");
  return { kind: "fold", fold: Number(fold) };
}

/** Packed with gzip or not. */
async function textOf(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch {
    throw new InvalidInput(`--csv: ${file} could not be read: expected a file`);
  }
  try {
    bytes = file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  } catch {
    throw new InvalidInput(`--csv: ${file} is not what its name says: expected a gzip file`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidInput(`--csv: ${file} is no text in UTF-8: save it as CSV in UTF-8 and try again`);
  }
}

const PAUSE_MS = 5_000;

/** A line every five seconds, so that short work says nothing and long work is heard of. */
function toldSlowly(): (share: number) => void {
  let last = performance.now();
  return (share) => {
    if (performance.now() - last < PAUSE_MS) return;
    last = performance.now();
    process.stderr.write(`learning: ${Math.round(100 * share)} %\n`);
  };
}
