// Saves what came of attempts, in batches: those that come while one batch is saved are the next.

import type { Facts } from "../../kernel/facts.ts";
import type { Millis } from "../../kernel/time.ts";
import { type Outcome, type OutcomeNeeds, saveOutcomes } from "./outcome.ts";
import { openGate } from "./slots.ts";

export interface SaverNeeds extends OutcomeNeeds {
  readonly facts: Facts;
  readonly mailed?: (location: string) => void;
}

export interface Saver {
  /** Resolves when it is saved. What nobody waits for may wait for others of its location. */
  save(location: string, outcome: Outcome, patience?: Millis): Promise<void>;
  /** Waits for no others from now on. */
  hurry(): void;
}

const SAVE_AGAIN_MS = [50, 250, 1_000, 3_000];

/** Batches that waited are saved so many at once. */
const PATIENT = 3;

export function openSaver(needs: SaverNeeds): Saver {
  const gate = openGate(PATIENT);
  const waiting = new Map<string, { outcome: Outcome; done: () => void }[]>();
  const saving = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  let hurried = false;

  const saveAll = async (location: string): Promise<void> => {
    clearTimeout(timers.get(location));
    timers.delete(location);
    if (saving.has(location)) return;
    saving.add(location);
    for (let batch = waiting.get(location); batch !== undefined && batch.length > 0; batch = waiting.get(location)) {
      waiting.delete(location);
      await saveSurely(
        location,
        batch.map(({ outcome }) => outcome),
      );
      needs.mailed?.(location);
      for (const { done } of batch) done();
    }
    saving.delete(location);
  };

  /** What cannot be saved in the end is found by its deadline, and looked up. */
  const saveSurely = async (location: string, outcomes: readonly Outcome[]): Promise<void> => {
    for (const wait of [...SAVE_AGAIN_MS, undefined]) {
      try {
        await saveOutcomes(needs, location, outcomes);
        return;
      } catch (error) {
        needs.facts.emit("loop_failed", { loop: "sender", reason: String(error) });
        if (wait === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  };

  return {
    save: (location, outcome, patience = 0) =>
      new Promise((done) => {
        const batch = waiting.get(location);
        if (batch === undefined) waiting.set(location, [{ outcome, done }]);
        else batch.push({ outcome, done });
        if (patience === 0 || hurried) void saveAll(location);
        else if (!timers.has(location))
          timers.set(
            location,
            setTimeout(() => void gate(() => saveAll(location)), patience),
          );
      }),
    hurry() {
      hurried = true;
      for (const location of [...timers.keys()]) void saveAll(location);
    },
  };
}
