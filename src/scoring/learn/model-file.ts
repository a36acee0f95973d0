// A model as text: written in one way only, and read with every part of it checked, since one wrong index would score
// every lead wrongly without a word.

import { InvalidInput } from "../../kernel/errors.ts";
import type { Boosted, Calibration, Column, Linear, LinearTerm, Model, Rate } from "./model.ts";
import { type Check, type Fields, fieldsOf, finite, listOf, oneOf, refuse, text, unlike, whole } from "./reading.ts";
import { treeOf } from "./tree-file.ts";

/** One line of JSON, fields always in the same order. @throws InvalidInput as {@link readModel} does */
export const writeModel = (model: Model): string => JSON.stringify(modelOf(model));

/** @throws InvalidInput whose `errors` name the place that is wrong, such as `parts[0].part.trees[3].left[2]` */
export function readModel(written: string): Model {
  let json: unknown;
  try {
    json = JSON.parse(written);
  } catch {
    throw new InvalidInput("this is no learned model: not JSON");
  }
  return modelOf(json);
}

/** The same for what was JSON already, such as a column of a database. Fields that no model has are left out. */
export function modelOf(json: unknown): Model {
  const model = fieldsOf(json, "");
  if (model.take("format", whole()) !== 1) refuse("format", "1, the only one this version reads");
  const columns = model.take("columns", listOf(columnOf));
  unlike(
    columns.map(({ name }) => name),
    "columns",
  );
  const parts = model.take("parts", listOf(weighted(columns)));
  const sum = parts.reduce((so, { weight }) => so + weight, 0);
  if (Math.abs(sum - 1) > 1e-6) refuse("parts", "weights that add up to 1");
  const calibration = model.take("calibration", calibrationOf);
  return { format: 1, columns, parts, calibration, learned: model.take("learned", learnedOf) };
}

const learnedOf: Check<Model["learned"]> = (value, place) => {
  const { take } = fieldsOf(value, place);
  const rows = take("rows", whole(0));
  return { rows, positives: take("positives", whole(0, rows)), seed: take("seed", whole()) };
};

const columnOf: Check<Column> = (value, place) => {
  const { take, has } = fieldsOf(value, place);
  const name = take("name", text);
  const kind = take("kind", oneOf("number", "category"));
  if (kind === "category") {
    return { name, kind, levels: take("levels", (levels, at) => unlike(listOf(text)(levels, at), at)) };
  }
  return has("monotone") ? { name, kind, monotone: take("monotone", monotone) } : { name, kind };
};

const monotone: Check<1 | -1> = (value, place) =>
  value === 1 || value === -1 ? value : refuse(place, "1, -1 or nothing");

const weighted =
  (columns: readonly Column[]): Check<Model["parts"][number]> =>
  (value, place) => {
    const { take } = fieldsOf(value, place);
    return { weight: take("weight", finite()), part: take("part", partOf(columns)) };
  };

const partOf =
  (columns: readonly Column[]): Check<Boosted | Linear | Rate> =>
  (value, place) => {
    const { take } = fieldsOf(value, place);
    const kind = take("kind", oneOf("boosted", "linear", "rate"));
    if (kind === "rate") return { kind, logOdds: take("logOdds", finite()) };
    if (kind === "boosted")
      return { kind, base: take("base", finite()), trees: take("trees", listOf(treeOf(columns))) };
    const term = (each: unknown, at: string, index: number) => termOf(each, at, columns[index]!);
    return { kind, intercept: take("intercept", finite()), terms: take("terms", listOf(term, columns.length)) };
  };

function termOf(value: unknown, place: string, column: Column): LinearTerm {
  const fields = fieldsOf(value, place);
  return fields.take("kind", oneOf(column.kind)) === "number" ? numberTerm(fields) : categoryTerm(fields, column);
}

const numberTerm = ({ take, has }: Fields): LinearTerm => ({
  kind: "number",
  mean: take("mean", finite()),
  scale: take("scale", finite(Number.MIN_VALUE, Number.MAX_VALUE)),
  weight: take("weight", finite()),
  missing: take("missing", finite()),
  missingShare: take("missingShare", finite(0, 1)),
  ...(has("within") ? { within: take("within", ends) } : {}),
});

const ends: Check<readonly [number, number]> = (value, place) => {
  const [low, high] = listOf(finite(), 2)(value, place) as [number, number];
  return low <= high ? [low, high] : refuse(place, "a lower end and a higher one");
};

function categoryTerm({ take }: Fields, column: Column): LinearTerm {
  const count = column.kind === "category" ? column.levels.length : 0;
  return {
    kind: "category",
    levels: take("levels", listOf(finite(), count)),
    missing: take("missing", finite()),
    shares: take("shares", listOf(finite(0, 1), count + 1)),
  };
}

const calibrationOf: Check<Calibration> = (value, place) => {
  const { take, has, place: placeOf } = fieldsOf(value, place);
  const kind = take("kind", oneOf("none", "platt", "isotonic"));
  if (kind === "none") return { kind };
  if (kind === "platt") {
    const line = { kind, intercept: take("intercept", finite()), slope: take("slope", finite()) };
    return has("limit") ? { ...line, limit: take("limit", finite(0)) } : line;
  }
  const at = take("at", listOf(finite()));
  if (at.length === 0) refuse(placeOf("at"), "one knot at least");
  if (at.some((knot, index) => index > 0 && knot <= at[index - 1]!)) refuse(placeOf("at"), "knots that rise");
  const chance = take("chance", listOf(finite(0, 1), at.length));
  if (chance.some((each, index) => index > 0 && each < chance[index - 1]!)) {
    refuse(placeOf("chance"), "chances that never fall");
  }
  return { kind, at, chance };
};
