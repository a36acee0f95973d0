// The few shapes of which the schema is made. A key of the language is said once, with its meaning and an example;
// the same entry is what an editor shows on hover and what the tests try.

/** A draft-07 schema, as far as we write them. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Key {
  readonly about: string;
  /** YAML of the key and a value: `via: [email, sms]`. */
  readonly example: string;
  readonly value: Schema;
}

export type Keys = Readonly<Record<string, Key>>;

export const key = (about: string, example: string, value: Schema): Key => ({ about, example, value });

const ABOUT: Key = key("A remark for people: shown in the graph and in traces.", "about: Why this exists.", {
  type: "string",
});

export function properties(keys: Keys): Readonly<Record<string, Schema>> {
  return Object.fromEntries(Object.entries(keys).map(([name, one]) => [name, { ...described(one), ...one.value }]));
}

const described = ({ about, example }: Key): Schema => ({
  markdownDescription: `${about}\n\n\`\`\`yaml\n${example}\n\`\`\``,
});

/** A map whose keys are all known. A remark may stand on every construct. */
export const closed = (keys: Keys, more: Schema = {}): Schema => ({
  type: "object",
  additionalProperties: false,
  properties: properties({ ...keys, about: ABOUT }),
  ...more,
});

/** A map from ids (or other names) to things of one kind. */
export const mapOf = (value: Schema, pattern: string = ID, message = ID_MESSAGE): Schema => ({
  type: "object",
  patternProperties: { [pattern]: value },
  additionalProperties: false,
  propertyNames: { pattern, patternErrorMessage: message },
});

export const ID = "^[a-z][a-z0-9_]{0,63}$";
const ID_MESSAGE = "An id is a lower-case letter, then letters, digits or _; at most 64.";
export const DOTTED = "^[a-z][a-z0-9_]*(\\.[a-z0-9_]+)*$";
export const DOTTED_MESSAGE = "A name is words of lower case joined by dots.";

export const TEXT: Schema = { type: "string" };
export const FLAG: Schema = { type: "boolean" };
export const SCALAR: Schema = { type: ["string", "number", "boolean"] };
export const id: Schema = { type: "string", pattern: ID, patternErrorMessage: ID_MESSAGE };

export const word = (...words: readonly string[]): Schema => ({ enum: words });
export const whole = (minimum: number, maximum: number): Schema => ({ type: "integer", minimum, maximum });
export const number = (minimum: number, maximum: number): Schema => ({ type: "number", minimum, maximum });
export const patterned = (pattern: string, patternErrorMessage: string): Schema => ({
  type: "string",
  pattern,
  patternErrorMessage,
});
export const listOf = (items: Schema): Schema => ({ type: "array", items, minItems: 1 });
export const oneOrMore = (item: Schema): Schema => ({ ...item, type: ["string", "array"], items: item, minItems: 1 });

const LENGTH = "\\s*(\\d+[smhdw])+\\s*";
export const DURATION_MESSAGE = "A duration: 30s, 15m, 2h30m, 3d, 1w, 2 business days or 4 business hours.";
export const DURATION_PATTERN = `^(${LENGTH}|\\d+ business (day|hour)s?)$`;
export const duration = patterned(DURATION_PATTERN, DURATION_MESSAGE);
export const length = patterned(`^${LENGTH}$`, "A length of time: 30s, 15m, 2h30m, 3d or 1w.");
export const share = patterned("^\\s*\\d+(\\.\\d+)?%\\s*$", "A share, such as 25%.");
export const rate = patterned("^\\s*\\d+\\s+per\\s+\\S+\\s*$", "A rate, such as 2 per 24h.");
const CLOCK = "\\s*\\d{1,2}:\\d{2}\\s*";
export const clock = patterned(`^${CLOCK}$`, 'A time of day, in quotes: "09:00".');
export const range = patterned(`^${CLOCK}-${CLOCK}$`, 'A range of the day, in quotes: "21:00-08:00".');
export const date = patterned("^\\d{4}-\\d{2}-\\d{2}$", 'A date, in quotes: "2026-12-24".');

export const step: Schema = { $ref: "#/definitions/step" };
export const steps: Schema = { type: "array", items: step };
export const condition: Schema = { $ref: "#/definitions/condition" };

/** A value written down, or another fact of the same moment. */
export const given: Schema = {
  type: ["string", "number", "boolean", "object"],
  additionalProperties: false,
  properties: properties({
    fact: key("Another fact, as of the moment the step is entered.", "fact: event.property.id", TEXT),
  }),
};
export const values = mapOf(given, DOTTED, DOTTED_MESSAGE);

/** Names that are known here complete; where `open`, others may be written too. */
export function known(names: readonly string[], otherwise: Schema, open = false): Schema {
  if (names.length === 0) return otherwise;
  return open ? { anyOf: [{ enum: names }, otherwise] } : { enum: names };
}
