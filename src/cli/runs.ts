// `latchkey plan` and `latchkey runs`: what the HTTP doors answer, for a terminal.

import { z } from "zod";
import { type Planned, planAt } from "../app/planning.ts";
import { ACTS, type Asked, openRunControl } from "../app/run-control.ts";
import { openRunList } from "../app/run-list.ts";
import { readAct, readFilter } from "../app/run-requests.ts";
import { readConfig } from "../config.ts";
import { openReader, type Reader, RunsQuery } from "../insights/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { parse } from "../kernel/request.ts";
import { openPublications, readFolder, type SourceFile } from "../workflows/index.ts";
import { domainClock, onlyLocation } from "./house.ts";
import { planText } from "./plan-text.ts";
import { hereOrThere } from "./remote.ts";
import { type Said, said, type Where } from "./said.ts";
import { type Leads, leadMeant, leadsHere, leadsThere } from "./which-lead.ts";

/** What publishing a folder would change. Exit 1 where it has errors, or leads would be lost to it. */
export async function plan(folder: string, { json, location }: Where): Promise<Said> {
  const files = await readFolder(folder);
  const planned = await planOver(files, location);
  const wrong = planned.diagnostics.some(({ severity }) => severity === "error");
  return said(json, planned, planText(planned, files), wrong ? 1 : 0);
}

/** Asked of the database, or of the Latchkey that holds it. */
export function planOver(files: readonly SourceFile[], location: string | undefined): Promise<Planned> {
  return hereOrThere<Planned>(
    readConfig(process.env),
    async (premises) => {
      const at = onlyLocation(premises, location);
      const clock = await domainClock(premises, at);
      return planAt({ ...premises, clock, publications: openPublications() }, at, files);
    },
    async (ask, at) => ask(`/v1/locations/${await at(location)}/workflows/plan`, { files }),
  );
}

export interface RunOptions extends Where {
  readonly dryRun: boolean;
  readonly workflow: string | undefined;
  readonly status: string | undefined;
  readonly path: string | undefined;
  readonly plan: string | undefined;
  readonly from: string | undefined;
  readonly segment: string | undefined;
  readonly lead: string | undefined;
  readonly reason: string | undefined;
  readonly until: string | undefined;
  readonly mode: string | undefined;
  readonly force: boolean;
  readonly after: string | undefined;
  readonly limit: string | undefined;
}

/** `list`, or an act over one run (its id) or over all that the options name. */
export async function runs([act, id]: readonly string[], options: RunOptions): Promise<Said> {
  if (act === "list") return list(options);
  if (act === undefined || !Object.hasOwn(ACTS, act))
    throw new InvalidInput(`Expected: runs list, or runs ${Object.keys(ACTS).join("|")} [RUN]`);
  const name = act as keyof typeof ACTS;
  if (id === undefined && FILTERS.every((key) => options[key] === undefined))
    throw new InvalidInput(`Say which runs: an id, or ${FILTERS.map((key) => `--${key}`).join(", ")}`);
  if (id !== undefined) mustBeOne(id, options);
  const bodyAt = async (leads: Leads) => bodyOf(await withLead(options, leads), id === undefined);
  const { config, by } = { config: readConfig(process.env), by: "command line" };
  const reason = options.reason ?? "by hand";
  const asked = await hereOrThere<Partial<Asked>>(
    config,
    async (premises) => {
      const location = onlyLocation(premises, options.location);
      const clock = await domainClock(premises, location);
      const control = openRunControl({ ...premises, clock, publications: openPublications(), mailed: () => undefined });
      if (id === undefined) {
        const { filter, act: chosen, dryRun } = readFilter(name, await bodyAt(leadsHere(premises, location)));
        return control.many(location, filter, chosen, { by, reason, dryRun });
      }
      await control.one(location, id, readAct(name, bodyOf(options, false)).act, { by, reason });
      return {};
    },
    async (ask, at) => {
      const location = await at(options.location);
      const path = `/v1/locations/${location}/runs/${id === undefined ? name : `${id}/${name}`}`;
      return ask(path, await bodyAt(leadsThere(ask, location)));
    },
  );
  return said(options.json, asked, inWords(name, asked, options.dryRun));
}

function inWords(act: string, { count, job, at_once }: Partial<Asked>, dryRun: boolean): string {
  if (count === undefined) return `Asked the run to ${act}.`;
  const many = count === 1 ? "1 run" : `${count} runs`;
  const late = at_once && count > 0 ? " The instant is over: they go on at once." : "";
  if (dryRun) return `${many} would be asked to ${act}.${late}`;
  return `${many} asked to ${act}.${job === undefined ? "" : ` Job ${job}.`}${late}`;
}

/** Beside a run's id a filter, or the question how many, would be passed over in silence. */
function mustBeOne(id: string, options: RunOptions): void {
  const foreign = MANY_ONLY.find((key) => options[key] !== undefined);
  if (foreign !== undefined) throw new InvalidInput(`--${foreign} goes with many runs, not with the id of one.`);
  if (options.dryRun) throw new InvalidInput("--dry-run goes with many runs, not with the id of one.");
  parse(z.object({ run: z.uuid("expected a run's id") }), { run: id });
}

const MANY_ONLY = ["workflow", "status", "path", "from", "segment", "lead"] as const;
const FILTERS = ["workflow", "status", "path", "plan", "from", "segment", "lead"] as const;

function bodyOf(options: RunOptions, many: boolean): Record<string, unknown> {
  const { reason, plan: version, mode, until } = options;
  const status = options.status?.split(",");
  const { workflow, path, from, segment, lead } = options;
  const how = { reason, plan: version, mode, until, ...(options.force ? { force: true } : {}) };
  const filter = { workflow, status, path, from, segment, lead, dry_run: options.dryRun };
  const body = many ? { ...how, ...filter } : how;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** `--lead` is whatever people have at hand. */
async function withLead<Asked extends { readonly lead: string | undefined }>(
  asked: Asked,
  leads: Leads,
): Promise<Asked> {
  return asked.lead === undefined ? asked : { ...asked, lead: await leadMeant(asked.lead, leads) };
}

type Listed = Awaited<ReturnType<Reader["runs"]>>;

async function list({ json, location, ...options }: RunOptions): Promise<Said> {
  const given = async (leads: Leads) => {
    const { workflow, lead, status, path, plan: version, segment, after, limit } = await withLead(options, leads);
    const asked = { workflow, lead, status, path, plan: version, segment, after, limit };
    return Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
  };
  const listed = await hereOrThere<Listed>(
    readConfig(process.env),
    async (premises) => {
      const at = onlyLocation(premises, location);
      const { now } = await domainClock(premises, at);
      const query = parse(RunsQuery, Object.fromEntries(await given(leadsHere(premises, at))));
      return openRunList(openReader({ database: premises.database, now }))(at, query);
    },
    async (ask, at) => {
      const place = await at(location);
      return ask(`/v1/locations/${place}/runs?${new URLSearchParams(await given(leadsThere(ask, place)))}`);
    },
  );
  const lines = listed.items.map(
    (run) => `${run.id}  ${run.status.padEnd(9)} ${run.workflow.id}  ${run.lead}  ${run.step?.path ?? ""}`,
  );
  if (listed.next !== undefined) lines.push(`More: --after ${listed.next}`);
  return said(json, listed, lines.join("\n") || "None.");
}
