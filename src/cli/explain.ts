// `latchkey explain`: why a model says what it says of a lead, to the last digit, with the check that it adds up.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ExplainingNeeds, explainLead, type Form, type LeadExplanation } from "../app/explaining.ts";
import type { Premises } from "../app/premises.ts";
import { readConfig } from "../config.ts";
import { openExperiments } from "../experiments/index.ts";
import { type DecisionView, decisionText, openReader, type Reader } from "../insights/index.ts";
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
  readonly messages: boolean;
  readonly message: string | undefined;
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
  "Expected: explain LEAD [--messages | --interventional] [--location ID], explain --message ID [--location ID], or explain --model MODEL.json --row ROW.json [--sample ROWS.json]";

/** Exit 1 where the explanation does not add up. */
export async function explain(lead: string | undefined, options: ExplainOptions): Promise<Said> {
  const { model, row, message } = options;
  if (message !== undefined) {
    if (lead !== undefined || options.messages || options.interventional || model !== undefined || row !== undefined)
      throw new InvalidInput(EXPECTED);
    return ofMessage(message, options);
  }
  if (lead === undefined) {
    if (options.messages) throw new InvalidInput(EXPECTED);
    if (model === undefined || row === undefined || options.interventional) throw new InvalidInput(EXPECTED);
    return ofFiles({ ...options, model, row });
  }
  if (model !== undefined || row !== undefined || options.sample !== undefined) throw new InvalidInput(EXPECTED);
  if (options.messages && options.interventional) throw new InvalidInput(EXPECTED);
  return options.messages ? ofMessages(lead, options) : ofLead(lead, options);
}

/** Why a message went, waits or was refused: what the page says under Why. */
async function ofMessage(id: string, { json, location }: ExplainOptions): Promise<Said> {
  if (!isUuid(id))
    throw new InvalidInput(
      `--message ${id}: expected the id of a message or of a decision, as explain LEAD --messages names them.`,
    );
  const told = await hereOrThere<DecisionView | undefined>(
    readConfig(process.env),
    async (premises) => (await readerOf(premises, location)).decision(onlyLocation(premises, location), id),
    async (ask, at) => orNone(ask<DecisionView>(`/v1/locations/${await at(location)}/decisions/${id}`)),
  );
  if (told === undefined)
    throw new InvalidInput(
      `There is no message or decision ${id} here, or not any more. explain LEAD --messages names those of a lead.`,
    );
  return said(json, told, decisionText(told));
}

/** The same of a lead's last messages, and why it came into no workflow. */
async function ofMessages(typed: string, { json, location }: ExplainOptions): Promise<Said> {
  const told = await hereOrThere<{ readonly lead: string; readonly items: readonly DecisionView[] }>(
    readConfig(process.env),
    async (premises) => {
      const at = onlyLocation(premises, location);
      const lead = await leadMeant(typed, leadsHere(premises, at));
      return { lead, ...(await (await readerOf(premises, location)).decisions(at, lead, LAST)) };
    },
    async (ask, at) => {
      const place = await at(location);
      const lead = await leadMeant(typed, leadsThere(ask, place));
      const path = `/v1/locations/${place}/leads/${encodeURIComponent(lead)}/decisions?limit=${LAST}`;
      return { lead, ...(await ask<{ readonly items: readonly DecisionView[] }>(path)) };
    },
  );
  const none = `No message to ${typed} has been decided, and no workflow has turned them away: nothing has asked for one yet. runs list --lead ${told.lead} says what they are in.`;
  return said(json, told, told.items.length === 0 ? none : told.items.map(decisionText).join("\n\n"));
}

/** So many messages at the most, and as often that no workflow took them in. */
const LAST = 10;

const isUuid = (typed: string): boolean => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(typed);

async function readerOf(premises: Premises, location: string | undefined): Promise<Reader> {
  const now = await domainNow(premises, onlyLocation(premises, location));
  return openReader({ database: premises.database, now: () => now });
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
