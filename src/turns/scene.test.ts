import { expect, test } from "vitest";
import { LOCATION, NOON, published } from "../../test/turn.ts";
import { openRenderer } from "../outreach/index.ts";
import type { Publication } from "../workflows/index.ts";
import { openScenes } from "./scene.ts";

const sql = { query: () => Promise.reject(new Error("a scene of the test asks no database")) };
const tagging = (tag: string) =>
  published(`workflow: hello\nenroll: { when: form.submitted }\nsteps: [ { tag: ${tag} } ]`);

/** Scenes of a location whose publications come one after the other. */
function openStage(publications: Publication[]) {
  const place = { seed: "seed", zone: "America/New_York", catalog: { installedAt: 0 }, house: {}, links: {} };
  const all = publications.flatMap(({ plans }) => plans);
  return openScenes({
    publications: {
      live: async () => publications[0],
      plans: async (_sql, _location, ids) =>
        new Map(all.filter(({ id }) => ids.includes(id)).map((plan) => [plan.id, plan])),
    },
    place: () => place,
    renderer: openRenderer(),
    addressKey: "key",
  });
}

test("a scene is built once and kept until something of its location changes", async () => {
  const [one, two] = [tagging("one"), tagging("two")];
  const live = [one];
  const scenes = openStage(live);
  const first = await scenes.open(sql, LOCATION, NOON);
  expect((await scenes.open(sql, LOCATION, NOON + 1)).book).toBe(first.book);
  live[0] = two;
  expect((await scenes.open(sql, LOCATION, NOON + 2)).publication).toBe(two);
});

test("a turn that has begun finds the plans of its runs though a newer publication was opened meanwhile", async () => {
  const [old, one, two] = [tagging("old"), tagging("one"), tagging("two")];
  const live = [one, two, old];
  const scenes = openStage(live);
  const begun = await scenes.open(sql, LOCATION, NOON);
  live[0] = two;
  live[1] = one;
  await scenes.open(sql, LOCATION, NOON);
  const pinned = old.plans[0]?.id as string;
  await scenes.loadPlans(sql, begun, [pinned]);
  expect(begun.plans.get(pinned)).toEqual(old.plans[0]);
});
