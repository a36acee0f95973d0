// A folder's workflows against leads that live in memory, on a virtual clock.

import type { ReadOut } from "../experiments/index.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import type { Place } from "../turns/index.ts";
import type { Plan, Publication } from "../workflows/index.ts";
import type { Provider } from "./departures.ts";
import { drive, type Source } from "./drive.ts";
import { COUNTED_EVERY, type LiveHere, NOTHING_LIVE, openCounting } from "./live-here.ts";
import { type Memory, openMemory } from "./memory.ts";
import { readOutsOf } from "./read-outs.ts";
import { sceneOf } from "./scene.ts";
import { type Figures, openTally } from "./tally.ts";

/** The leads and their CRM: letters come from it, messages and writes go to it. */
export interface World extends Source, Provider {
  readonly location: string;
  readonly place: Place;
  /** Told before the first letter: where leads are as Latchkey knows them. */
  meet(memory: Memory): void;
}

export interface Simulation {
  readonly publication: Publication;
  readonly world: World;
  readonly from: Instant;
  readonly days: number;
  /** What scores at a location and what its leads did so far; absent: the rules score, and nobody has done anything. */
  readonly live?: LiveHere;
  /** Told after each virtual day: how many have passed. */
  readonly progress?: (days: number) => void;
}

export interface Simulated extends Figures {
  /** What may be said at the end of each experiment that somebody has met. */
  readonly experiments: Readonly<Record<string, ReadOut>>;
}

export async function simulate(asked: Simulation): Promise<Simulated> {
  const { publication, world, from, days, live = NOTHING_LIVE, progress } = asked;
  const tally = openTally();
  const counting = openCounting(live);
  const memory = openMemory({
    scene: await sceneOf(world.location, publication, world.place),
    provider: world,
    saved(kept, outcome) {
      tally.note(kept, outcome);
      counting.note(outcome);
    },
    failed: tally.failed,
  });
  world.meet(memory);
  for (let day = 0; day < days; day += 1) {
    const until = from + (day + 1) * DAY;
    for (let hour = from + day * DAY; hour < until; hour += COUNTED_EVERY) {
      memory.scene = counting.onto(memory.scene);
      // the last instant of an hour is the next one's first
      drive(memory, world, { from: hour, to: hour + COUNTED_EVERY - 1 });
    }
    progress?.(day + 1);
  }
  const leads = memory.leads();
  const experiments = readOutsOf(publication.experiments, leads, from + days * DAY);
  return { ...tally.read(leads, publication.plans), experiments };
}

/** One workflow alone: the others begin only where it starts or calls them. */
export const alone = (publication: Publication, workflow: string): Publication => ({
  ...publication,
  plans: publication.plans.map((plan) => (plan.workflow === workflow ? plan : uninvited(plan))),
});

function uninvited(plan: Plan): Plan {
  if (plan.enroll === undefined) return plan;
  const { schedules: _schedules, dates: _dates, existing: _existing, ...enroll } = plan.enroll;
  return { ...plan, enroll: { ...enroll, when: [] } };
}
