import { expect, test } from "vitest";
import type { Decided, Scene } from "../turns/index.ts";
import { openCounting } from "./live-here.ts";

const counted = (...deltas: Decided["deltas"]) => ({ deltas }) as Decided;
const delta = (metric: string, dimension: string, amount: number) => ({ metric, dimension, amount });

test("goes on counting from what a location has, by hour and by channel", () => {
  const counting = openCounting({
    rates: { sms: { sent: 10, answered: 2, opened: 0 } },
    slots: { "sms/d9": [10, 2] },
  });
  counting.note(counted(delta("slot.sent", "sms/d9", 1), delta("habit.sent", "sms", 1), delta("funnel.sent", "x", 5)));
  counting.note(counted(delta("slot.answered", "sms/d9", 1), delta("habit.answered", "sms", 1)));
  counting.note(counted(delta("habit.opened", "email", 1), delta("slot.sent", "email/e2", 3)));
  const scene = counting.onto({ rates: {}, slots: {} } as unknown as Scene);
  expect(scene.slots).toEqual({ "sms/d9": [11, 3], "email/e2": [3, 0] });
  expect(scene.rates).toEqual({
    sms: { sent: 11, answered: 3, opened: 0 },
    email: { sent: 0, answered: 0, opened: 1 },
  });
});

test("tells a scene nothing that none of its workflows asks for", () => {
  const counting = openCounting({ rates: {}, slots: {} });
  counting.note(counted(delta("slot.sent", "sms/d9", 1)));
  expect(counting.onto({} as Scene)).toEqual({});
});
