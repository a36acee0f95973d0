// What a behavior rule asks for when it fires: the same effects that a run asks for, of nobody's run.

import type { LeadEvent } from "../events/index.ts";
import { property } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import { type Json, type JsonObject, nested } from "../kernel/json.ts";
import {
  type ConditionFacts,
  type Effect,
  evaluate,
  type Given,
  instantAfter,
  type RuleStep,
  type Value,
  withEvent,
} from "../workflows/index.ts";
import type { Desk } from "./desk.ts";
import { factsOf } from "./facts.ts";
import { applyEffect } from "./runs.ts";
import { renderLine } from "./texts.ts";

/** @param event what made the rule true; a silence has none */
export function doRuleStep(
  desk: Desk,
  step: RuleStep,
  trigger: LeadEvent,
  event: LeadEvent | undefined,
  depth: number,
): void {
  const facts = ruleFacts(desk, trigger, event);
  if (step.if !== undefined && evaluate(step.if, facts) !== true) return;
  const effect = effectOf(desk, step, trigger, event, facts);
  if (effect !== undefined) applyEffect(desk, effect, undefined, trigger, depth);
}

/** The lead, `trigger.*`, and `event.*` of the event that made the rule true. */
function ruleFacts(desk: Desk, trigger: LeadEvent, event: LeadEvent | undefined): ConditionFacts {
  const facts = factsOf(desk);
  const lead: ConditionFacts = {
    ...facts,
    value: (subject) =>
      subject.startsWith("trigger.")
        ? (property(trigger.data, subject.slice("trigger.".length)) as Value | undefined)
        : facts.value(subject),
  };
  return withEvent(lead, event ?? trigger);
}

function effectOf(
  desk: Desk,
  step: RuleStep,
  trigger: LeadEvent,
  event: LeadEvent | undefined,
  facts: ConditionFacts,
): Effect | undefined {
  const { retry, every } = step.onError ?? { retry: 0, every: 0 };
  const stamp = {
    id: idFrom(trigger.id, step.path, step.verb),
    path: step.path,
    ...(retry > 0 ? { retry: { times: retry, every } } : {}),
  };
  const text = (line: string): string =>
    renderLine(desk, line, undefined, {
      trigger: trigger.data,
      ...(event === undefined ? {} : { event: nested(event.data) }),
    });
  const given = (value: Given): Value | undefined => (typeof value === "object" ? facts.value(value.fact) : value);
  const all = (values: Readonly<Record<string, Given>>): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => {
        const now = given(value);
        return now === undefined ? [] : [[name, now]];
      }),
    );
  const { businessHours, holidays } = desk.scene.publication.settings;
  const after = (length: Parameters<typeof instantAfter>[0]) =>
    instantAfter(length, desk.clock, { zone: desk.zone, businessHours, holidays });

  switch (step.verb) {
    case "tag":
      return { kind: "tag", ...stamp, add: step.add, remove: step.remove };
    case "note":
      return { kind: "note", ...stamp, text: text(step.text) };
    case "task": {
      const body = step.body === undefined ? {} : { body: text(step.body) };
      return { kind: "task", ...stamp, title: text(step.title), ...body, to: step.to, dueAt: after(step.due) };
    }
    case "update": {
      const fields = Object.entries(all(step.fields)).filter(([field, value]) => !same(facts.value(field), value));
      return fields.length === 0 ? undefined : { kind: "update", ...stamp, fields: Object.fromEntries(fields) };
    }
    case "assign": {
      const { to, by, only } = step;
      return { kind: "assign", ...stamp, to, ...(by && { by }), ...(only && { only }) };
    }
    case "notify":
      return { kind: "notify", ...stamp, to: step.to, message: text(step.message), through: step.through };
    case "opportunity": {
      const { action, pipeline, stage } = step;
      const value = step.value === undefined ? undefined : given(step.value);
      const name = step.name === undefined ? {} : { name: text(step.name) };
      const place = { ...(pipeline === undefined ? {} : { pipeline }), ...(stage === undefined ? {} : { stage }) };
      return { kind: "opportunity", ...stamp, action, ...place, ...(typeof value === "number" && { value }), ...name };
    }
    case "webhook": {
      const { url, method, headers, body, secret, timeout } = step;
      const sent = body === undefined ? {} : { body: rendered(body, text) };
      return {
        kind: "webhook",
        ...stamp,
        url,
        method,
        headers,
        ...sent,
        ...(secret === undefined ? {} : { secret }),
        timeout,
        answer: false,
      };
    }
    case "highlevel_workflow":
      return { kind: "highlevel_workflow", ...stamp, workflow: step.workflow, action: step.action };
    case "start":
      return { kind: "start", ...stamp, workflow: step.workflow, inputs: all(step.with), call: false, lineage: [] };
    case "stop": {
      const { workflow, group, reason = "stopped" } = step;
      return { kind: "stop", ...stamp, ...(workflow && { workflow }), ...(group && { group }), reason };
    }
    case "emit":
      return { kind: "emit", id: stamp.id, type: step.event, data: all(step.with) as JsonObject };
    case "score": {
      const because = step.because === undefined ? {} : { because: step.because };
      return { kind: "score", ...stamp, add: step.add, until: after(step.for), ...because };
    }
  }
}

const same = (known: Value | undefined, value: Value): boolean => JSON.stringify(known) === JSON.stringify(value);

function rendered(body: Json, text: (line: string) => string): Json {
  if (typeof body === "string") return text(body);
  if (Array.isArray(body)) return body.map((one: Json) => rendered(one, text));
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, one]) => [name, one === undefined ? one : rendered(one, text)]),
  );
}
