// Rules of the house that no linter knows, over the files that git tracks.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const isCheckout = existsSync(`${root}/.git`);
const tracked = isCheckout
  ? execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
      .split("\0")
      .filter((file) => file !== "" && existsSync(`${root}/${file}`))
  : [];
const text = (file: string) => readFileSync(`${root}/${file}`, "utf8");
const code = tracked.filter((file) => /\.(ts|tsx|mjs)$/.test(file));

/** A name says what a thing is; these say that somebody did not know, or was proud. */
const PRAISE = /(enhanced|advanced|smart|manager|service|handler|orchestrator|utils?|helpers?|v2)$/i;

test.runIf(isCheckout)("no file or export has a name that praises or hides", () => {
  const files = code.filter((file) => PRAISE.test(basename(file).replace(/\..*$/, "")));
  const exported = code.flatMap((file) =>
    [...text(file).matchAll(/^export (?:async )?(?:function|class|const|interface|type) (\w+)/gm)]
      .filter(([, name]) => PRAISE.test(name as string))
      .map(([, name]) => `${file}: ${name}`),
  );
  expect([...files, ...exported]).toEqual([]);
});

test.runIf(isCheckout)("no test file has two tests of one name", () => {
  const twice = code
    .filter((file) => /\.(test|contract)\.tsx?$/.test(file))
    .flatMap((file) => {
      const seen = new Set<string>();
      let suite = "";
      return text(file)
        .split("\n")
        .flatMap((line) => {
          suite = /^\s*describe[^"'`]*["'`](.*)["'`]/.exec(line)?.[1] ?? suite;
          const name = /^\s*(?:test|it)(?:\.\w+)?(?:\([^"'`]*\))?\(["'`](.*?)["'`],/.exec(line)?.[1];
          if (name === undefined) return [];
          const whole = `${suite} > ${name}`;
          const again = seen.has(whole);
          seen.add(whole);
          return again ? [`${file}: ${whole}`] : [];
        });
    });
  expect(twice).toEqual([]);
});

test("the lock file holds every optional package and no download address", () => {
  const lock = text("package-lock.json");
  expect(lock).not.toContain('"resolved"');
  const { packages } = JSON.parse(lock) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !placesAbove(path).some((place) => `${place}${name}` in packages),
    ),
  );
  expect(missing).toEqual([]); // npm ci refuses a lock that leaves one out
});

test("every package of the lock file says that it runs on the oldest Node that we say we run on", () => {
  const { packages } = JSON.parse(text("package-lock.json")) as {
    packages: Record<string, { version: string; engines?: { node?: string } }>;
  };
  const oldest = Number(/\d+/.exec(packages[""]?.engines?.node ?? "")?.[0]);
  // of "^20.19.0 || >=22" each alternative by itself: one that begins at 20 or before is enough
  const runs = (wanted: string) => wanted.split("||").some((one) => Number(/\d+/.exec(one)?.[0] ?? 0) <= oldest);
  const newer = Object.entries(packages).flatMap(([path, { version, engines }]) =>
    runs(engines?.node ?? "*") ? [] : [`${path} ${version}: ${engines?.node}`],
  );
  expect(newer).toEqual([]); // npm ci warns of them; package.json may override
});

test.runIf(isCheckout)("no tracked file names a folder of one machine", () => {
  const folder = new RegExp(
    ["wor[k]/(main|trees|shared)", "tmp/fres[h]", "roo[t]/", "hom[e]/\\w+/"].map((end) => `/${end}`).join("|"),
  );
  const named = tracked.filter(
    (file) => !/\.(png|woff2?|ico)$/.test(file) && file !== "test/house.test.ts" && folder.test(text(file)),
  );
  expect(named).toEqual([]);
});

/** The node_modules folders in which a package at `path` finds another. */
function placesAbove(path: string): string[] {
  const parts = path === "" ? [] : path.split(/\/?node_modules\//).slice(1);
  return ["", ...parts.map((_, index) => `node_modules/${parts.slice(0, index + 1).join("/node_modules/")}/`)].map(
    (folder) => `${folder}node_modules/`,
  );
}
