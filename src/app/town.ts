// The simulated CRM with its town, as a child process: it ends when our end of its stdin closes, however we end.

import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Unavailable } from "../kernel/errors.ts";
import { HOUR, type Instant, type Millis, SECOND } from "../kernel/time.ts";
import { instantOf, localTime } from "../kernel/zone.ts";

export interface Town {
  /** It signs its webhooks with a key of its own. */
  readonly webhookPublicKeyPem: string;
  close(): Promise<void>;
}

export interface TownOptions {
  /** Latchkey's own address, where webhooks and site events go. */
  readonly latchkey: string;
  readonly location: string;
  /** The port it is to serve on, and the token it is to accept. */
  readonly port: number;
  readonly token: string;
  /** What it shows Latchkey when the team's site reports visits. */
  readonly apiKey: string;
  /** How many times faster than life. */
  readonly speed: number;
  /** The domain instant that belongs to the real one. */
  readonly start: Instant;
  readonly realStart: Instant;
  /** Where it is written down as it lives, and gone on from. */
  readonly file: string;
}

/** How much faster than life the demo town runs. */
export const TOWN_SPEED = 60;
export const TOWN_ZONE = "America/Chicago";
/** Where the town's texts lead. */
export const TOWN_LINKS: Readonly<Record<string, string>> = {
  booking: "https://homes.example.com/book",
  listings: "https://homes.example.com/homes",
  "form.ask-about-home": "https://homes.example.com/ask",
  "form.mortgage-quote": "https://homes.example.com/mortgage",
  "form.home_wishlist": "https://homes.example.com/wishes",
  "form.buyer_survey": "https://homes.example.com/questions",
};

/** Half past eight of the town's day: whoever starts it at night meets it awake. */
export const morning = (now: Instant): Instant => instantOf(localTime(now, TOWN_ZONE), 8 * 60 + 30, TOWN_ZONE);

/** Locations of simulated towns: each town has its own, so that no town walks into another's past. */
export const isTown = (location: string): boolean => location.startsWith("town_");

const READY_MS = 60_000;
/** A town that was not closed may have lived on for so long after it was last written down: no clock goes back. */
const UNSAVED: Millis = HOUR;

export interface Whereabouts {
  readonly location: string;
  readonly file: string;
  /** The domain instant at which it goes on, or begins. */
  readonly start: Instant;
  /** The domain instant to which it has come: it may be alive, and has not been written down since. */
  readonly come: Instant;
  readonly goesOn: boolean;
}

/** Where the data folder's town stood, or a new one: in the morning of today. */
export function findTown(dataFolder: string, now: Instant): Whereabouts {
  const file = join(dataFolder, "town.json");
  try {
    const kept = Kept.parse(JSON.parse(readFileSync(file, "utf8")));
    const { location, closed } = kept;
    const start = kept.now + (closed ? SECOND : UNSAVED);
    const since = Math.max(0, now - statSync(file).mtimeMs);
    return { location, file, start, come: Math.min(start, kept.now + Math.round(since * TOWN_SPEED)), goesOn: true };
  } catch {
    const start = morning(now);
    return { location: `town_${now.toString(36)}`, file, start, come: start, goesOn: false };
  }
}

const Kept = z.object({ location: z.string().startsWith("town_"), now: z.number(), closed: z.boolean() });

export async function openTown(options: TownOptions): Promise<Town> {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL("./simulator.js", import.meta.url)),
      ...["--webhook-url", `${options.latchkey}/webhooks/highlevel`],
      ...["--events-url", `${options.latchkey}/v1/events`],
      ...["--port", String(options.port)],
      ...["--location", options.location],
      ...["--keep", options.file],
      ...["--speed", String(options.speed)],
      ...["--start", new Date(options.start).toISOString()],
      ...["--real-start", String(Math.round(options.realStart))],
    ],
    // arguments are anybody's to read, in the list of processes; an environment is not
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, SIMULATOR_API_KEY: options.apiKey, SIMULATOR_TOKEN: options.token },
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<Omit<Town, "close">>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Unavailable("The simulated CRM did not start within a minute.")),
      READY_MS,
    );
    lines.once("line", (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as Omit<Town, "close">);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Unavailable(`The simulated CRM ended with code ${code} before it was ready.`));
    });
  });
  lines.on("line", () => undefined); // whatever else it says is read, so that it never waits for us
  return {
    ...ready,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Unavailable("No free port on 127.0.0.1.");
  return address.port;
}
