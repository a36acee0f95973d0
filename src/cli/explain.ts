// `latchkey explain`: why a model says what it says of a lead, to the last digit, with the check that it adds up.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { InvalidInput } from "../kernel/errors.ts";
import {
  type Account,
  ADDS_UP,
  accountOf,
  explainer,
  explainerAgainst,
  featureWords,
  type Model,
  NO_CAUSE,
  readModel,
  rowOf,
  sentenceOf,
  writeModel,
} from "../scoring/index.ts";
import { type Said, said } from "./said.ts";

interface ExplainOptions {
  readonly json: boolean;
  readonly model: string | undefined;
  readonly row: string | undefined;
  readonly sample: string | undefined;
}

const EXPECTED = "Expected: explain --model MODEL.json --row ROW.json [--sample ROWS.json]";

/** Exit 1 where the explanation does not add up. */
export async function explain({ json, model: file, row, sample }: ExplainOptions): Promise<Said> {
  if (file === undefined || row === undefined) throw new InvalidInput(EXPECTED);
  const model = readModel(await textOf(file));
  const cells = rowOf(model.columns, await jsonOf(row));
  const explainRow = sample === undefined ? explainer(model) : explainerAgainst(model, await rowsOf(model, sample));
  const account = accountOf(model, cells, explainRow, featureWords);
  const id = createHash("sha256").update(writeModel(model)).digest("hex").slice(0, 12);
  const document = { model: id, learned: model.learned, ...account, note: NO_CAUSE };
  return said(json, document, inWords(id, model, account, sample), account.off <= ADDS_UP ? 0 : 1);
}

async function rowsOf(model: Model, file: string): Promise<readonly Float64Array[]> {
  const rows = await jsonOf(file);
  if (!Array.isArray(rows) || rows.length === 0) throw new InvalidInput(`${file}: expected a list of rows`);
  return rows.map((row) => rowOf(model.columns, row));
}

function inWords(id: string, { learned }: Model, account: Account, sample: string | undefined): string {
  const { base, reasons, logOdds, said: itself, off, chance } = account;
  const nobody = sample === undefined ? "a lead of whom nothing is known" : "the mean of the sample";
  return [
    `Model ${id}, learned from ${learned.rows} rows, ${learned.positives} of them positive. Log-odds:`,
    line(base, nobody),
    ...reasons.map((reason) => line(reason.logOdds, sentenceOf(reason))),
    line(
      logOdds,
      `together; the model itself says ${signed(itself)}: ${off <= ADDS_UP ? "the same" : `off by ${off}`}`,
    ),
    `After calibration: ${(100 * chance).toFixed(2)} %.`,
    NO_CAUSE,
  ].join("\n");
}

const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
const line = (value: number, words: string): string => `  ${signed(value).padStart(9)}  ${words}`;

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new InvalidInput(`${file} cannot be read.`);
  }
}

async function jsonOf(file: string): Promise<unknown> {
  const text = await textOf(file);
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput(`${file}: not JSON`);
  }
}
