// The command line. Every command that prints a result takes --json; exit 0 good, 1 the answer is no, 2 could not be asked.

import { parseArgs } from "node:util";
import { readConfig } from "./config.ts";
import { Conflict, InvalidInput, Unavailable } from "./kernel/errors.ts";
import { start } from "./main.ts";
import { checkFolder } from "./workflows/index.ts";

const USAGE = `Usage: latchkey <command>

  start            run Latchkey (what npm start does)
  check [folder]   check workflow files; --json for machines

Settings are environment variables: see README.md.
`;

async function run(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(USAGE);
    return command === undefined && !values.help ? 2 : 0;
  }
  switch (command) {
    case "start":
      return startUntilTold();
    case "check":
      return check(rest[0] ?? process.env["LATCHKEY_WORKFLOWS"] ?? "workflows", values.json);
    default:
      process.stderr.write(`There is no command "${command}".\n\n${USAGE}`);
      return 2;
  }
}

async function startUntilTold(): Promise<number> {
  // Told to end while still starting: the database runs already, so the start is finished first, and then undone.
  const told = new Promise<void>((resolve) => {
    process.on("SIGTERM", resolve).on("SIGINT", resolve);
  });
  let ending = false;
  void told.then(() => {
    ending = true;
  });
  const latchkey = await start(readConfig(process.env));
  if (!ending) {
    process.stdout.write(`\nLatchkey is running. Open ${latchkey.simulated ? latchkey.link : latchkey.url}\n`);
    if (latchkey.simulated)
      process.stdout.write("The CRM is simulated, sixty times faster than life. Nothing leaves this machine.\n");
    else process.stdout.write(`Sign in once with ${latchkey.link}\n`);
    await told;
  }
  await latchkey.close();
  return 0;
}

async function check(folder: string, json: boolean): Promise<number> {
  const result = await checkFolder(folder);
  if (json) process.stdout.write(`${JSON.stringify({ diagnostics: result.diagnostics })}\n`);
  else process.stdout.write(`${result.text}\n`);
  return result.exit;
}

try {
  process.exitCode = await run();
} catch (error) {
  const known = [InvalidInput, Unavailable, Conflict].some((kind) => error instanceof kind);
  process.stderr.write(`${known ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 2;
}
process.exit();
