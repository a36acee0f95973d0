// `latchkey --help` and `latchkey COMMAND --help`, and what is said of a command or an option that is not there.

import { InvalidInput } from "../kernel/errors.ts";
import { didYouMean } from "../workflows/index.ts";
import { HELP, type Help } from "./help-text.ts";

/** Of every command. */
const EVERYWHERE = new Set(["json", "help"]);
const COLUMNS = 24;

const EXITS = "Exit: 0 good, 1 the answer is no, 2 it could not be asked.";

export function overview(): string {
  const commands = Object.values(HELP).flatMap(({ ways }) => ways);
  return `Usage: latchkey COMMAND [options]

${rows(commands)}

latchkey COMMAND --help has its options, what stands where they are left out, and an example.

A command works on the database of the Latchkey that runs here. plan, runs, backtest, import, train, models, promote, rollback
and explain ask an embedded one over HTTP where they are given its LATCHKEY_API_KEY (and LATCHKEY_URL).

--json prints results for machines. ${EXITS}
Settings are environment variables: see README.md.
`;
}

/** @throws InvalidInput where there is no such command */
export function helpOf(command: string): string {
  const { ways, flags, example } = known(command);
  const json: Help["flags"] = command === "start" ? [] : [["--json", "results for machines"]];
  const options = [...flags, ...json, ["--help, -h", "this"] as const];
  return `Usage: latchkey ${ways.map(([typed]) => typed).join("\n       latchkey ")}

${rows(ways)}

Options:
${rows(options)}

Example:
  ${example}

${EXITS}
`;
}

/** @param given the names of the options that were typed @throws InvalidInput where the command is not there or takes less */
export function mustTake(command: string, words: readonly string[], given: readonly string[]): void {
  const { words: most, flags } = known(command);
  if (words.length > most) throw new InvalidInput(`"${words[most]}" is one too many: see latchkey ${command} --help.`);
  const names = namesOf({ flags });
  const foreign = given.find((name) => !EVERYWHERE.has(name) && !names.includes(name));
  if (foreign === undefined) return;
  throw new InvalidInput(
    `${command} takes no --${foreign}.${didYouMean(foreign, names)} See latchkey ${command} --help.`,
  );
}

/** `--dry-run` of `["--dry-run", "…"]` without its dashes. */
export const namesOf = ({ flags }: Pick<Help, "flags">): string[] =>
  flags.map(([typed]) => (typed.split(" ")[0] as string).slice(2));

function known(command: string): Help {
  const help = Object.hasOwn(HELP, command) ? HELP[command] : undefined;
  if (help !== undefined) return help;
  const near = didYouMean(command, Object.keys(HELP));
  throw new InvalidInput(`There is no command "${command}".${near} latchkey --help has all of them.`);
}

const rows = (pairs: readonly (readonly [typed: string, does: string])[]): string =>
  pairs.map(([typed, does]) => `  ${typed.padEnd(COLUMNS)}${does}`).join("\n");
