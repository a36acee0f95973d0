// Merge fields that may come out empty: values that a send does not give, dates of an appointment that there may not be.

import { didYouMean } from "../compile/diagnostic.ts";
import type { Template } from "../plan.ts";
import type { Check, Finding, Linted, Spot } from "./finding.ts";
import { stepsOf, textsOf } from "./walk.ts";

export const checkMergeFields: Check = (linted) =>
  Object.values(linted.content.templates).flatMap((template) => [
    ...fieldsOf(template).flatMap(mayBeEmpty),
    ...missing(template, linted),
  ]);

interface Field {
  readonly name: string;
  readonly spot: Spot;
  /** It has a `default`, or stands in a text that asks for it first. */
  readonly guarded: boolean;
}

const fieldsOf = (template: Template): readonly Field[] =>
  textsOf(template).flatMap(({ keys, text }) =>
    [...text.matchAll(/\{\{-?\s*([a-z_][\w.]*)([^}]*)\}\}/g)].map(([, name = "", filters = ""]) => ({
      name,
      spot: { section: "templates", id: template.id, keys, word: name },
      guarded:
        /\|\s*default\b/.test(filters) ||
        new RegExp(`\\{%-?\\s*(if|unless|elsif|case)[^%]*${name.replaceAll(".", "\\.")}`).test(text),
    })),
  );

/** The compiler warns of the contact's own; these depend on what else there is. */
function mayBeEmpty({ name, spot, guarded }: Field): Finding[] {
  if (guarded || !/^(appointment|opportunity)\.\w+$/.test(name)) return [];
  const thing = name.startsWith("appointment.") ? "appointment" : "deal";
  const message = `${name} is empty for a lead without ${thing === "deal" ? "a" : "an"} ${thing}. Ask first: {% if ${name} %} … {% endif %}`;
  return [{ code: "may-be-empty", severity: "info", spot, message }];
}

/** `{{ with.offer }}` in a template, and a send of it that gives no such value. */
function missing(template: Template, { content }: Linted): Finding[] {
  const wanted = new Set(
    fieldsOf(template).flatMap(({ name, guarded }) => (name.startsWith("with.") && !guarded ? [name.slice(5)] : [])),
  );
  if (wanted.size === 0) return [];
  return content.plans.flatMap((plan) =>
    stepsOf(plan).flatMap((step): Finding[] => {
      if (step.verb !== "send" || step.template !== template.id) return [];
      const given = Object.keys(step.with ?? {});
      return [...wanted]
        .filter((name) => !given.includes(name))
        .map((name) => ({
          code: "missing-value",
          severity: "warning",
          spot: { workflow: plan.workflow, path: step.path, keys: ["send"] },
          message: `template "${template.id}" says {{ with.${name} }}, and this send gives no "${name}".${didYouMean(name, given)}`,
        }));
    }),
  );
}
