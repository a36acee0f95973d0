// Names of the CRM against what the location has: tags, pipelines, stages, users, fields, the CRM's own workflows.

import { alike } from "../../kernel/alike.ts";
import { didYouMean, nearest } from "../compile/diagnostic.ts";
import type { FolderSettings } from "../plan.ts";
import type { Check, Finding, Linted, Spot, Surroundings } from "./finding.ts";
import { allConditions, allSteps, type PlacedStep, wordsOf } from "./walk.ts";

export const checkLocation: Check = (linted) => [
  ...tags(linted),
  ...allSteps(linted).flatMap((placed) => [
    ...deals(placed, linted),
    ...people(placed, linted),
    ...workflows(placed, linted),
  ]),
  ...calls(linted),
  ...teams(linted),
  ...fields(linted),
];

// Tags -----------------------------------------------------------------------------------------------------------

function tags(linted: Linted): Finding[] {
  const known = linted.around.tags;
  if (known === undefined) return [];
  const at = new Set(known.map((tag) => tag.toLowerCase()));
  const steps = allSteps(linted).flatMap(({ step, spot }) => (step.verb === "tag" ? [{ step, spot }] : []));
  // what some workflow adds may be asked for, and taken away
  const made = new Set([...at, ...steps.flatMap(({ step }) => step.add.map((tag) => tag.toLowerCase()))]);
  const written = steps.flatMap(({ step, spot }) => [
    ...step.add.map((tag) => ({ tag, spot: { ...spot, keys: ["tag"], word: tag }, adds: true })),
    ...step.remove.map((tag) => ({ tag, spot: { ...spot, keys: ["tag"], word: tag }, adds: false })),
  ]);
  const asked = allConditions(linted).flatMap(({ condition, spot }) =>
    [...wordsOf(condition, "contact.tags"), ...wordsOf(condition, "event.tag")].map((tag) => ({
      tag,
      spot: { ...spot, word: tag },
      adds: false,
    })),
  );
  return [...written, ...asked].flatMap(({ tag, spot, adds }): Finding[] => {
    if ((adds ? at : made).has(tag.toLowerCase())) return [];
    const meant = didYouMean(tag, known);
    const first = adds ? " (Tags are created on first use.)" : "";
    const message = `the location has no tag "${tag}".${meant}${first}`;
    return [{ code: "unknown-tag", severity: adds && meant === "" ? "info" : "warning", spot, message }];
  });
}

// Deals ----------------------------------------------------------------------------------------------------------

function deals({ step, spot }: PlacedStep, { around }: Linted): Finding[] {
  if (step.verb !== "opportunity") return [];
  const { pipeline, stage } = step;
  const { pipelines, stages } = around;
  const at = (key: string, word: string): Spot => ({ ...spot, keys: [key], word });
  if (pipeline !== undefined && pipelines !== undefined && !has(pipelines, pipeline)) {
    const message = `the location has no pipeline "${pipeline}".${didYouMean(pipeline, pipelines)}`;
    return [{ code: "unknown-pipeline", severity: "error", spot: at("pipeline", pipeline), message }];
  }
  if (stage === undefined || stages === undefined) return [];
  const within = stages
    .filter((one) => pipeline === undefined || alike(one.pipeline, pipeline))
    .map(({ name }) => name);
  if (has(within, stage)) return [];
  const where = pipeline === undefined ? "no pipeline" : `pipeline "${pipeline}"`;
  const elsewhere = stages.find(({ name }) => alike(name, stage));
  const advice = elsewhere === undefined ? didYouMean(stage, within) : ` It is a stage of "${elsewhere.pipeline}".`;
  const message = `${where} has ${pipeline === undefined ? "a" : "no"} stage "${stage}".${advice}`;
  return [{ code: "unknown-stage", severity: "error", spot: at("stage", stage), message }];
}

/** As a message or a write looks it up: `call_new_buyer` is "Call new buyer". */
const has = (names: readonly string[], name: string): boolean => names.some((known) => alike(known, name));

// People and workflows -------------------------------------------------------------------------------------------

function people({ step, spot }: PlacedStep, { around, content }: Linted): Finding[] {
  const { users } = around;
  if (users === undefined) return [];
  if (step.verb === "send" && step.from !== undefined && /[+@]/.test(step.from)) {
    return unknownSender(step.from, { ...spot, keys: ["from"], word: step.from }, around, content.settings);
  }
  const named: [key: string, who: string][] = [];
  if (step.verb === "task") named.push(["to", step.to]);
  if (step.verb === "assign" || step.verb === "notify") named.push([step.verb, step.to]);
  if (step.verb === "send" && step.from !== undefined) named.push(["from", step.from]);
  return named.flatMap(([key, who]) => {
    const id = who.startsWith("user.") ? who.slice("user.".length) : undefined;
    if (id === undefined || users.includes(id)) return [];
    return [unknownUser(id, { ...spot, keys: [key], word: who }, users)];
  });
}

/** One of the people there, or of what the settings name. */
function unknownSender(from: string, spot: Spot, around: Surroundings, { senders }: FolderSettings): Finding[] {
  const { agents: _, others = [], ...own } = senders ?? {};
  const known = [...(around.senders ?? []), ...Object.values(own), ...others];
  if (known.includes(from)) return [];
  const what = from.includes("@") ? "e-mail address" : "number";
  const map = ` If it is the location's, name it: settings: { senders: { others: ["${from}"] } }`;
  return [
    {
      code: "unknown-sender",
      severity: "error",
      spot,
      message: `nobody at the location has the ${what} "${from}".${map}`,
    },
  ];
}

const unknownUser = (id: string, spot: Spot, users: readonly string[]): Finding => ({
  code: "unknown-user",
  severity: "error",
  spot,
  message: `the location has no user "${id}".${didYouMean(id, users)}`,
});

function teams({ content, around }: Linted): Finding[] {
  const { users } = around;
  if (users === undefined) return [];
  return Object.entries(content.settings.teams).flatMap(([team, members]) =>
    members
      .filter((id) => !users.includes(id))
      .map((id) => unknownUser(id, { section: "settings", id: "teams", keys: [team], word: id }, users)),
  );
}

function workflows({ step, spot }: PlacedStep, { content, around }: Linted): Finding[] {
  if (step.verb !== "highlevel_workflow") return [];
  return unknownWorkflow(
    step.workflow,
    { ...spot, keys: ["highlevel_workflow"], word: step.workflow },
    content.settings.highlevelWorkflows,
    around.crmWorkflows,
  );
}

/** Templates call, and write outside WhatsApp's window, by a workflow of the CRM. */
function calls({ content, around }: Linted): Finding[] {
  return Object.values(content.templates).flatMap(({ id, voice, whatsappWorkflow }) =>
    Object.entries({ voice: voice?.highlevelWorkflow, whatsapp: whatsappWorkflow }).flatMap(([key, word]) =>
      word === undefined
        ? []
        : unknownWorkflow(
            word,
            { section: "templates", id, keys: [key], word },
            content.settings.highlevelWorkflows,
            around.crmWorkflows,
          ),
    ),
  );
}

function unknownWorkflow(
  name: string,
  spot: Spot,
  mapped: Readonly<Record<string, string>>,
  known: readonly string[] | undefined,
): Finding[] {
  if (known === undefined || has([...Object.keys(mapped), ...known], name)) return [];
  const all = [...Object.keys(mapped), ...known];
  const map =
    nearest(name, all) === undefined
      ? ` Map it: settings: { highlevel_workflows: { ${name}: <id> } }`
      : didYouMean(name, all);
  const message = `the CRM has no workflow "${name}".${map}`;
  return [{ code: "unknown-crm-workflow", severity: "error", spot, message }];
}

function fields({ content, around }: Linted): Finding[] {
  const known = around.fields?.map((key) => key.replace(/^contact\./, ""));
  if (known === undefined) return [];
  return Object.entries(content.fields).flatMap(([name, { crm }]): Finding[] => {
    const key = crm ?? name.replace(/^contact\.(custom\.)?/, "");
    if (known.includes(key.replace(/^contact\./, ""))) return [];
    const spot: Spot = { section: "fields", id: name, ...(crm === undefined ? {} : { keys: ["crm"], word: crm }) };
    const message = `the location has no custom field "${key}", so ${name} is always empty.${didYouMean(key, known)}`;
    return [{ code: "unknown-crm-field", severity: "warning", spot, message }];
  });
}
