// `latchkey explain`: why a model says what it says of a lead, to the last digit, with the check that it adds up.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ExplainingNeeds, explainLead, type Form, type LeadExplanation } from "../app/explaining.ts";
import type { Premises } from "../app/premises.ts";
import { readConfig } from "../config.ts";
import { openExperiments } from "../experiments/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Instant } from "../kernel/time.ts";
import {
  type Account,
  ADDS_UP,
  accountOf,
  explainer,
  explainerAgainst,
  featureWords,
  type Model,
  modelIn,
  NO_CAUSE,
  rowOf,
  writeModel,
} from "../scoring/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { openPublications } from "../workflows/index.ts";
import { accountLines, explainedText } from "./explained-text.ts";
import { domainNow, onlyLocation } from "./house.ts";
import { hereOrThere, orNone } from "./remote.ts";
import { type Said, said, type Where } from "./said.ts";
import { leadMeant, leadsHere, leadsThere } from "./which-lead.ts";

interface ExplainOptions extends Where {
  readonly model: string | undefined;
  readonly row: string | undefined;
  readonly sample: string | undefined;
  readonly interventional: boolean;
}

interface Files {
  readonly json: boolean;
  readonly model: string;
  readonly row: string;
  readonly sample: string | undefined;
}

const EXPECTED =
  "Expected: explain LEAD [--interventional] [--location ID], or explain --model MODEL.json --row ROW.json [--sample ROWS.json]";

/** Exit 1 where the explanation does not add up. */
export async function explain(lead: string | undefined, options: ExplainOptions): Promise<Said> {
  const { model, row } = options;
  if (lead === undefined) {
    if (model === undefined || row === undefined || options.interventional) throw new InvalidInput(EXPECTED);
    return ofFiles({ ...options, model, row });
  }
  if (model !== undefined || row !== undefined || options.sample !== undefined) throw new InvalidInput(EXPECTED);
  return ofLead(lead, options);
}

async function ofLead(typed: string, { json, location, interventional }: ExplainOptions): Promise<Said> {
  const form: Form = interventional ? "interventional" : "path-dependent";
  const told = await hereOrThere<LeadExplanation | undefined>(
    readConfig(process.env),
    async (premises) => {
      const at = onlyLocation(premises, location);
      const needs = needsIn(premises, await domainNow(premises, at));
      return explainLead(needs, at, await leadMeant(typed, leadsHere(premises, at)), form);
    },
    async (ask, at) => {
      const place = await at(location);
      const lead = await leadMeant(typed, leadsThere(ask, place));
      return orNone(
        ask<LeadExplanation>(`/v1/locations/${place}/leads/${encodeURIComponent(lead)}/explanation?form=${form}`),
      );
    },
  );
  if (told === undefined) throw new InvalidInput(`Nothing is scored of ${typed} yet: it has done too little.`);
  const off = [told.chance, told.risk?.week].some((account) => account !== undefined && account.off > ADDS_UP);
  return said(json, told, explainedText(told), off ? 1 : 0);
}

function needsIn({ database }: Premises, now: Instant): ExplainingNeeds {
  const clock = { now: () => now };
  const publications = openPublications();
  const experiments = openExperiments({
    ...{ database, clock, audit: insertAudit, mailed: () => undefined },
    declared: async (sql, location) => (await publications.live(sql, location))?.experiments ?? {},
  });
  return { database, clock, experiments, publications };
}

async function ofFiles({ json, model: file, row, sample }: Files): Promise<Said> {
  const model = modelIn(await textOf(file));
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
  const nobody = sample === undefined ? "the average of what it learned from" : "the mean of the sample";
  return [
    `Model ${id}, learned from ${learned.rows} rows, ${learned.positives} of them positive. Log-odds:`,
    ...accountLines(account, "score", nobody),
    `After calibration: ${(100 * account.chance).toFixed(2)} %.`,
    NO_CAUSE,
  ].join("\n");
}

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
