// The simulator as a process: one ready line on stdout, then it serves until its stdin closes or a signal comes.

import { readFlags } from "./flags.ts";
import { openSimulator } from "./simulator.ts";
import { openLivingTown } from "./town/living.ts";

const simulator = await openSimulator(readFlags(process.argv.slice(2), process.env), openLivingTown);

let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  void simulator.close().finally(() => process.exit(0));
};
process.stdin.on("end", end).on("error", end).resume();
process.on("SIGTERM", end).on("SIGINT", end);
// last, so that whoever reads it may end us at once
process.stdout.write(`${JSON.stringify(simulator.ready)}\n`);
