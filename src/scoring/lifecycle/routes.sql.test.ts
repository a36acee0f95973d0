import fastify from "fastify";
import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { chanceBody, unchosen } from "../../../test/kept-models.ts";
import { keepModel } from "../../../test/scored-place.ts";
import { placePerTest } from "../../../test/turns.ts";
import { virtualClock } from "../../database/index.ts";
import { aimWords } from "../../kernel/aim.ts";
import { InvalidInput } from "../../kernel/errors.ts";
import { openFacts } from "../../kernel/facts.ts";
import { answerProblems } from "../../kernel/problem.ts";
import type { Sql } from "../../kernel/sql.ts";
import { insertAudit } from "../../tenancy/index.ts";
import { MOST_GROUP_TEXT } from "./bounds.ts";
import { openModels } from "./models.ts";
import { openPromotion } from "./promotion.ts";
import { modelRoutes } from "./routes.ts";
import { openTrainer, type Task } from "./trainer.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const db = databasePerFile();
const place = placePerTest(db, NOON);

const keepNote = async (sql: Sql, said: string) => {
  await insertAudit(sql, {
    location: place.location,
    at: NOON,
    who: "Ada",
    act: "note",
    subject: "chance",
    data: { said },
  });
  return ["The log shrinks."];
};

/** The doors, with what the thread of a training was given, all that was told, and the roles that were asked for. */
function open(refusal?: InvalidInput) {
  const [tasks, told, roles]: [Task[], string[], string[]] = [[], [], []];
  const facts = openFacts();
  facts.onAny((name, fact) => told.push(`${name} ${JSON.stringify(fact)}`));
  const doors = {
    ...{ database: db.database, clock: virtualClock(NOON), aims: unchosen },
    audit: async (_: unknown, entry: object) => void told.push(JSON.stringify(entry)),
    ...{ changed: () => undefined, tell: async () => undefined },
  };
  let held: Promise<void> | undefined;
  const trainer = openTrainer({
    ...{ ...doors, facts, locations: () => [place.location] },
    thread: async (task) => {
      tasks.push(task);
      await held;
      return { outcome: "too_little", detail: "Too little to learn from." };
    },
  });
  const app = fastify();
  answerProblems(app, facts);
  modelRoutes(app, {
    aims: {
      of: unchosen,
      choose: async () => ["The log shrinks."],
      choice: (_, aim, by) => ({ aim, keep: (sql) => keepNote(sql, `${by} chose ${aimWords(aim)}`) }),
    },
    ...{ models: openModels(doors), trainer, promotion: openPromotion(doors), mark: async () => ({}) },
    authorize: async (_request, _location, role) => {
      roles.push(role ?? "");
      if (refusal !== undefined) throw refusal;
      return { name: "Ada" } as never;
    },
  });
  const post = (path: string, payload: object) =>
    app.inject({ method: "POST", url: `/v1/locations/${place.location}/models/${path}`, payload });
  return {
    post,
    tasks,
    told,
    roles,
    trainer,
    /** Trainings stand still until what it answers is called. */
    hold() {
      let goOn = () => {};
      held = new Promise((done) => {
        goOn = done;
      });
      return goOn;
    },
    get: (url: string) => app.inject(`/v1/locations/${place.location}/${url}`),
  };
}

test("what the chance foretells is answered with what is lost by the choice", async () => {
  const { post, roles } = open();
  const answer = await post("foretells", { outcome: "appointment" });
  expect([answer.statusCode, roles]).toEqual([200, ["owner"]]);
  expect(answer.json()).toMatchObject({ outcome: "appointment", days: 30, warnings: ["The log shrinks."] });
});

describe("a choice that comes with what is to be trained", () => {
  const WON = { outcome: "won", days: 180 };
  const notes = () => place.inside((sql) => sql.query("select data from audit where act = 'note'"));

  test("is kept as the training of it begins, by an owner alone", async () => {
    const { post, tasks, roles, trainer } = open();
    const answer = await post("train", { foretells: WON });
    expect([answer.statusCode, roles]).toEqual([202, ["manager", "manager", "owner"]]);
    expect(answer.json()).toMatchObject({ foretells: WON, warnings: ["The log shrinks."] });
    await trainer.end(answer.json<{ id: string }>().id);
    expect(tasks).toMatchObject([{ kind: "chance", aim: WON }]);
    expect((await notes()).rows).toEqual([{ data: { said: "Ada chose a deal won within 180 days" } }]);
  });

  test("is not kept where the groups are refused, nor where a training is under way, nor of what has none", async () => {
    const { post, tasks, hold } = open();
    expect((await post("train", { foretells: WON, groups: "nothing" })).statusCode).toBe(400);
    expect((await post("train", { foretells: { ...WON, days: 18 } })).json()).toMatchObject({
      errors: [{ field: "foretells.days", detail: "expected days from 60 to 365" }],
    });
    expect((await post("train", { foretells: WON, kind: "churn" })).json()).toMatchObject({
      errors: [{ field: "foretells", detail: "going cold has no outcome to choose" }],
    });
    expect(tasks).toEqual([]);
    const goOn = hold();
    await post("train", {});
    expect((await post("train", { foretells: WON })).statusCode).toBe(409);
    goOn();
    expect((await notes()).rows).toEqual([]);
  });
});

describe("groups to judge by, brought over HTTP", () => {
  test("are what the training is given, and nothing of them is kept or told", async () => {
    const { post, tasks, told, roles, trainer, get } = open();
    const answer = await post("train", { groups: "contact,group\nlead_ada,elm street\nlead_bo,oak street\n" });
    expect([answer.statusCode, roles]).toEqual([202, ["manager", "manager"]]);
    const { id } = answer.json<{ id: string }>();
    await trainer.end(id);
    expect(tasks[0]?.groups).toEqual(
      new Map([
        ["lead_ada", "elm street"],
        ["lead_bo", "oak street"],
      ]),
    );
    const ended = await get(`trainings/${id}`);
    expect(ended.json()).toMatchObject({ state: "ended", outcome: "too_little" });
    const { rows } = await place.inside((sql) =>
      sql.query<{ row: string }>("select training::text as row from training where location_id = $1", [place.location]),
    );
    expect(rows).toHaveLength(1);
    expect(told.some((one) => one.startsWith("training_ended") && one.includes('"kind":"chance"'))).toBe(true);
    for (const one of [...told, ...rows.map(({ row }) => row), answer.body, ended.body])
      expect(one).not.toMatch(/elm|oak|lead_ada|lead_bo/);
  });

  test("that cannot be read begin nothing, and say what is wrong without quoting them", async () => {
    const { post, tasks } = open();
    const twice = await post("train", { groups: "contact,group\nlead_ada,elm\nlead_ada,oak\n" });
    expect([twice.statusCode, twice.json<{ detail: string }>().detail]).toEqual([
      400,
      "groups: line 3: this contact is in another group in an earlier line. A contact has one line.",
    ]);
    expect((await post("train", { groups: "who,what\n" })).json()).toMatchObject({
      detail: 'groups: expected a heading with the columns "contact" and "group".',
    });
    const long = await post("train", { groups: `contact,group\n${"x".repeat(MOST_GROUP_TEXT)}` });
    expect([long.statusCode, long.body]).toEqual([400, expect.stringContaining("at most 4,000,000 characters")]);
    expect((await post("train", { groups: "x".repeat(2 * MOST_GROUP_TEXT) })).statusCode).toBe(413);
    expect(tasks).toEqual([]);
  });

  test("are not read of somebody who may not train", async () => {
    const { post, roles } = open(new InvalidInput("Send an API key.", "unauthorized"));
    // who is read first is told that this is too large
    expect((await post("train", { groups: "x".repeat(2 * MOST_GROUP_TEXT) })).statusCode).toBe(401);
    expect(roles).toEqual(["manager"]);
  });

  test("of too many contacts begin nothing", async () => {
    const { post, tasks } = open();
    const many = await post("train", { groups: `contact,group\n${"c,a\n".repeat(100_001)}` });
    expect([many.statusCode, many.body]).toEqual([400, expect.stringContaining("more than 100,000 contacts")]);
    expect(tasks).toEqual([]);
  });

  test("may be as many as a large team has contacts", async () => {
    const { post, tasks, trainer } = open();
    const lines = Array.from({ length: 100_000 }, (_, n) => `0123456789abcdef${n},g${n % 3}`);
    const answer = await post("train", { groups: ["contact,group", ...lines].join("\n") });
    await trainer.end(answer.json<{ id: string }>().id);
    expect([answer.statusCode, tasks[0]?.groups?.size]).toEqual([202, 100_000]);
  });
});

describe("a kept model as a file", () => {
  test("is a manager's to have, by its first digits; one that is not what was kept is nobody's", async () => {
    const { get, roles } = open();
    const id = await keepModel(place, chanceBody(-2));
    const answer = await get(`models/${id.slice(0, 12)}/export`);
    expect([answer.statusCode, roles]).toEqual([200, ["manager"]]);
    expect(answer.json()).toMatchObject({ latchkey: "model", version: 1, id, kind: "chance", agents: 1 });
    expect(answer.body).not.toMatch(/user_ada|quantiles/);
    expect((await get(`models/${"0".repeat(12)}/export`)).statusCode).toBe(404);
    await place.inside((sql) =>
      sql.query("update model set body = jsonb_set(body, '{location,n}', '9') where location_id = $1", [
        place.location,
      ]),
    );
    const changed = await get(`models/${id}/export`);
    expect([changed.statusCode, changed.body]).toEqual([400, expect.stringContaining("not what was kept")]);
  });
});
