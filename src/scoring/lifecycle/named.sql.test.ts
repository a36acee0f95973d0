import { expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { chanceBody, churnBody } from "../../../test/kept-models.ts";
import { keepModel } from "../../../test/scored-place.ts";
import { placePerTest } from "../../../test/turns.ts";
import { explainerOf } from "../explain/explain.ts";
import type { Body } from "../index.ts";
import { scorersNamed } from "./named.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const db = databasePerFile();
const place = placePerTest(db, NOON);

const keep = (body: Body) => keepModel(place, body);
const named = (name: string, at = place.location) =>
  db.database.transaction([at], (sql) => scorersNamed(sql, at, name.replaceAll(/[0-9a-f]{64}/g, short)));
const short = (id: string) => id.slice(0, 12);
const change = (text: string, id: string) => place.inside((sql) => sql.query(text, [place.location, id]));

test("models of a name are made ready once, and are asked of the location's own rows each time", async () => {
  const [chance, churn] = [await keep(chanceBody(-1.1)), await keep(churnBody(11))];
  const both = await named(`${chance}+${churn}`);
  expect(both).toMatchObject({ id: `${short(chance)}+${short(churn)}`, churn: { days: 11 } });
  expect(await named(`${chance}+${churn}`)).toBe(both);
  const model = both?.chance?.model;
  if (model === undefined) throw new Error("expected a chance");
  expect((await named(chance))?.chance?.model).toBe(model);
  expect(explainerOf(model)).toBe(explainerOf(model));

  expect(await named(chance, "another")).toBeUndefined();
  await change("delete from model where location_id = $1 and model_id = $2", chance);
  expect(await named(chance)).toBeUndefined();
});

test("one that is marked as borrowed says so, whatever was held before", async () => {
  const id = await keep(chanceBody(-1.2));
  expect((await named(id))?.chance?.borrowed).toBeUndefined();
  await change(
    `update model set verdict = jsonb_set(verdict, '{bars,0,outcome}', '"borrowed"') where location_id = $1 and model_id = $2`,
    id,
  );
  expect((await named(id))?.chance?.borrowed).toBe(true);
});

test("a body that is not what was kept is nobody's", async () => {
  const id = await keep(chanceBody(-1.3));
  await change(
    "update model set body = jsonb_set(body, '{location,n}', '9') where location_id = $1 and model_id = $2",
    id,
  );
  expect(await named(id)).toBeUndefined();
});

test("the last eight that were asked for are held", async () => {
  const first = await keep(chanceBody(-1.4));
  const before = await named(first);
  const others = [];
  for (let n = 0; n < 8; n++) others.push(await keep(chanceBody(-2 - n)));
  for (const id of others.slice(1)) await named(id);
  expect(await named(first)).toBe(before);
  for (const id of others) await named(id);
  expect(await named(first)).toEqual(before);
  expect(await named(first)).not.toBe(before);
});
