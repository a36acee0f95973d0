// What a request says, checked: one way for every route and for the command line, with the field and what was expected of it.

import { z } from "zod";
import { type FieldError, InvalidInput } from "./errors.ts";

/** An id of the CRM's, or of ours. */
export const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected an id");
/** An id as the CRM makes them. Ours begin with an underscore or hold a colon: nobody outside may name those. */
export const crmId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, "expected an id of the CRM: letters and digits");
/** `text` columns hold no NUL, so nothing is found by one. */
export const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\0]*$/, "expected text without NUL");
/** Of a path below `/v1/locations/:location`. */
export const Place = z.looseObject({ location: id });
/** How many of a list are asked for. */
export const limit = z.coerce.number().int().min(1).max(200).default(50);

/** Lists by instant and id go on behind the last that was shown. */
export interface After {
  readonly at: number;
  readonly id: string;
}
export const after = z
  .string()
  .regex(/^\d{1,15}_[A-Za-z0-9_-]{1,64}$/, "expected the `next` of the page before")
  .transform((said): After => {
    const [at = ""] = said.split("_", 1);
    return { at: Number(at), id: said.slice(at.length + 1) };
  })
  .optional();

/** The `next` of a page; none where it was not full. */
export function nextOf<Item>(items: readonly Item[], most: number, place: (last: Item) => After): { next?: string } {
  const last = items.length === most ? items.at(-1) : undefined;
  if (last === undefined) return {};
  const { at, id: one } = place(last);
  return { next: `${at}_${one}` };
}

/** A client that errs in all of many items is told of so many. */
const MOST_FAULTS = 20;

/** The whole has no name. */
export const faultsOf = ({ issues }: z.ZodError): FieldError[] =>
  issues.slice(0, MOST_FAULTS).map((issue) => ({ field: issue.path.join("."), detail: expectedOf(issue) }));

const expectedOf = (issue: z.core.$ZodIssue): string =>
  issue.code === "invalid_value" && issue.values.length > 1
    ? `expected one of ${issue.values.join(", ")}`
    : issue.message;

const said = ({ field, detail }: FieldError): string => (field === "" ? detail : `${field}: ${detail}`);

/** All of them, for who reads but one line. */
export const inOneLine = (faults: readonly FieldError[]): string =>
  faults.map(({ field, detail }) => `${field || "body"}: ${detail}`).join("; ");

/** @throws InvalidInput naming each field and what was expected; its message is the first of them */
export function parse<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const errors = faultsOf(result.error);
  throw new InvalidInput(errors.map(said)[0] ?? "The request cannot be read.", "invalid-input", errors);
}
