// How fast lives are lived, beside a floor: the exponentials and draws that the equations of a day ask for, and nothing else.

import { chanceOf } from "../simulator/chance.ts";
import { birth } from "../simulator/town/birth.ts";
import { openLife } from "../simulator/town/life.ts";
import { messageOf, planOf, treat } from "../simulator/town/policies.ts";
import { DAY } from "../src/kernel/time.ts";
import { bornOf, DAYS, LEADS, ZONE } from "./town-bands.ts";

const SPEED_LEADS = Math.min(LEADS, 10_000);

export function speed(): void {
  let events = 0;
  const lived = perSecond(() => {
    for (let key = 1; key <= SPEED_LEADS; key += 1) {
      const born = bornOf(key);
      const lead = birth(1, key, born, ZONE);
      const life = openLife(lead, () => {
        events += 1;
      });
      const plan = planOf(lead, born, "", { until: born + DAYS * DAY });
      for (const step of plan.steps) treat(life, messageOf(step, plan));
      life.advance(born + DAYS * DAY);
    }
  });
  const floor = perSecond(bareDays);
  const perDay = (events / SPEED_LEADS / DAYS).toFixed(2);
  process.stdout.write(
    `${Math.round(lived)} lead-days a CPU second under policies drawn by lot, ${perDay} events a day; ` +
      `the arithmetic of a day alone ${Math.round(floor)}: ${(lived / floor).toFixed(3)} of it\n`,
  );
}

/** Lead-days a CPU second. */
function perSecond(work: () => void): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (SPEED_LEADS * DAYS) / ((user + system) / 1e6);
}

/** Three states that fade, readiness, turning cold, booking, visits: eight exponentials and a logarithm; two draws. */
function bareDays(): void {
  let sum = 0;
  for (let key = 1; key <= SPEED_LEADS; key += 1) {
    const chance = chanceOf(1, key);
    const [visits, shifts] = [chance.of("visits/"), chance.of("shift/")];
    for (let day = 0; day < DAYS; day += 1) {
      const x = visits.u(day) + shifts.u(day) - 1;
      const fading = Math.exp(x) + Math.exp(x / 3) + Math.exp(x / 7);
      const ready = 1 / (1 + Math.exp(-x));
      sum += fading + Math.exp(-ready) + Math.exp(x - ready + Math.log(1 + fading)) + Math.exp(x / 2) + Math.exp(x / 5);
    }
  }
  if (!Number.isFinite(sum)) throw new RangeError("the arithmetic went wrong");
}
