// Opportunities on their way to the CRM: names of pipelines and stages become its ids. Pure.

import { alike } from "../../kernel/alike.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Catalog, Lead, Opportunity } from "../../leads/index.ts";
import type { Effect } from "../../workflows/index.ts";
import { idNamed } from "../letter/names.ts";
import type { Body, WriteFacts } from "./writes.ts";

type Deal = Extract<Effect, { kind: "opportunity" }>;

export function deal(effect: Deal, { lead, catalog }: WriteFacts): Body {
  const pipeline = pipelineOf(effect, catalog);
  if (typeof pipeline === "object") return pipeline;
  const stage = stageOf(effect, pipeline, catalog);
  if (typeof stage === "object") return stage;
  const given: JsonObject = {
    ...(stage === undefined ? {} : { pipelineStageId: stage }),
    ...(effect.value === undefined ? {} : { monetaryValue: effect.value }),
    ...(effect.name === undefined ? {} : { name: effect.name }),
  };
  return effect.action === "create"
    ? created(effect, given, pipeline, lead)
    : changed(effect, given, pipeline, lead, catalog);
}

function created(effect: Deal, given: JsonObject, pipelineId: string | undefined, lead: Lead): Body {
  if (pipelineId === undefined) return { refused: "name a pipeline: the location has several, or none" };
  const name = effect.name ?? lead.contact.name ?? lead.contact.email ?? lead.id;
  return { body: { ...given, name, pipelineId, status: "open" } };
}

const STATUS = { move: undefined, won: "won", lost: "lost" } as const;

/** Of the lead's open opportunities the one of that pipeline that changed last; else, to be moved there, the one that did. */
function changed(effect: Deal, given: JsonObject, pipeline: string | undefined, lead: Lead, catalog: Catalog): Body {
  const open = Object.values(lead.opportunities)
    .filter(({ status }) => status === "open")
    .sort((a, b) => b.changedAt - a.changedAt || (a.id < b.id ? 1 : -1));
  const named = effect.pipeline === undefined ? undefined : pipeline;
  const there = named === undefined ? open[0] : open.find((one) => one.pipeline === named);
  const which = there ?? (effect.action === "move" ? open[0] : undefined);
  const verb = effect.action === "move" ? "move" : `mark as ${effect.action}`;
  if (which === undefined) {
    return { refused: `the lead has no open opportunity${inPipeline(effect)} to ${verb}` };
  }
  // a stage belongs to one pipeline
  const home = stageHome(given, catalog) ?? named;
  const status = effect.action === "create" ? undefined : STATUS[effect.action];
  const change = {
    ...given,
    ...(home === undefined || home === which.pipeline ? {} : { pipelineId: home }),
    ...(status === undefined ? {} : { status }),
  };
  return isSo(which, change) ? undefined : { body: { opportunity: which.id, ...change } };
}

const inPipeline = ({ pipeline }: Deal): string => (pipeline === undefined ? "" : ` in "${pipeline}"`);

function isSo(which: Opportunity, change: JsonObject): boolean {
  const { pipelineStageId, monetaryValue, name, pipelineId, status } = change;
  return (
    [
      [pipelineStageId, which.stage],
      [monetaryValue, which.value],
      [name, which.name],
      [pipelineId, which.pipeline],
      [status, which.status],
    ] as const
  ).every(([wanted, is]) => wanted === undefined || wanted === is);
}

/** The id of the pipeline named, or of the only one; undefined where that is open. */
function pipelineOf(
  { pipeline, action }: Deal,
  { pipelines, gone }: Catalog,
): string | undefined | { refused: string } {
  if (pipeline === undefined) {
    const all = Object.keys(pipelines).filter((id) => !gone.has(id));
    return action === "create" && all.length === 1 ? all[0] : undefined;
  }
  return idNamed(pipelines, gone, pipeline) ?? { refused: `the location has no pipeline "${pipeline}"` };
}

function stageOf(
  { stage, pipeline: named }: Deal,
  pipeline: string | undefined,
  { stages, gone }: Catalog,
): string | undefined | { refused: string } {
  if (stage === undefined) return undefined;
  const found = Object.entries(stages).filter(
    ([id, one]) =>
      !gone.has(id) && alike(one.name, stage) && (pipeline === undefined || (one.pipelineId ?? pipeline) === pipeline),
  );
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only[0];
  if (only !== undefined) return { refused: `several pipelines have a stage "${stage}": name one` };
  return {
    refused: `${named === undefined ? "no pipeline" : `pipeline "${named}"`} has ${named === undefined ? "a" : "no"} stage "${stage}"`,
  };
}

const stageHome = ({ pipelineStageId }: JsonObject, { stages }: Catalog): string | undefined =>
  typeof pipelineStageId === "string" ? stages[pipelineStageId]?.pipelineId : undefined;
