import { expect, test } from "vitest";
import { helpOf, mustTake, overview } from "./help.ts";
import { HELP } from "./help-text.ts";
import { OPTIONS } from "./options.ts";

test("the help of a command is its own: how it is called, its options with their defaults, and one example", () => {
  const said = helpOf("graph");
  expect(said).toMatch(/^Usage: latchkey graph \[folder\]\n/);
  expect(said).toContain("--format FORMAT");
  expect(said).toContain("default mermaid");
  expect(said).toContain("npx latchkey graph --workflow");
  expect(said).not.toContain("--dry-run");
});

test("the overview names every way to call every command", () => {
  const said = overview();
  for (const { ways } of Object.values(HELP)) for (const [typed] of ways) expect(said).toContain(`  ${typed} `);
});

test("an example calls the command that it is an example of", () => {
  for (const [command, { example }] of Object.entries(HELP)) expect(example).toContain(`npx latchkey ${command}`);
});

test("every option of a help is one that the command line takes", () => {
  const { simulate: _, ...others } = HELP;
  const named = Object.values(others).flatMap(({ flags }) =>
    flags.flatMap(([typed]) => typed.match(/(?<=--)[a-z-]+/g) ?? []),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !Object.hasOwn(OPTIONS, name))).toEqual([]);
});

test("of a command that is not there it says what was probably meant", () => {
  expect(() => helpOf("simulat")).toThrow('There is no command "simulat". Did you mean "simulate"?');
  expect(() => helpOf("constructor")).toThrow('There is no command "constructor".');
});

test("an option that a command would pass over is refused, and so is a word too many", () => {
  expect(() => mustTake("check", [], ["strict", "json"])).not.toThrow();
  expect(() => mustTake("check", [], ["seed"])).toThrow("check takes no --seed.");
  expect(() => mustTake("check", [], ["loction"])).toThrow('Did you mean "location"?');
  expect(() => mustTake("check", ["a", "b"], [])).toThrow('"b" is one too many: see latchkey check --help.');
});
