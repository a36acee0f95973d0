// `latchkey secrets`: the values that a location's webhooks are signed with.

import { InvalidInput } from "../kernel/errors.ts";
import { openSecrets } from "../tenancy/index.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export async function secrets([act, name]: readonly string[], { json, location }: Where): Promise<Said> {
  if (act !== "list" && ((act !== "set" && act !== "remove") || name === undefined))
    throw new InvalidInput("Expected: secrets set NAME, secrets list, or secrets remove NAME");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const kept = openSecrets(premises);
    if (act === "list") {
      const all = await kept.list(at);
      return said(json, { secrets: all }, all.map((one) => one.name).join("\n") || "None.");
    }
    if (act === "remove") {
      const removed = await kept.remove(at, name as string, "command line");
      return said(json, { removed }, removed ? `${name} is forgotten.` : `There is no ${name}.`, removed ? 0 : 1);
    }
    await kept.set(at, name as string, await standardInput(), "command line");
    return said(json, { set: name }, `${name} is set.`);
  });
}

/** On the command line a secret would stand in the shell's history and in the list of processes. */
async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write("Type or paste the value, then Enter and Ctrl-D.\n");
  process.stdin.setEncoding("utf8");
  let value = "";
  for await (const chunk of process.stdin) value += chunk;
  return value.replace(/\r?\n$/, "");
}
