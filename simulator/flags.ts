// What the simulator is told at its start.

import { parseArgs } from "node:util";
import { z } from "zod";

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const ids = z
  .string()
  .default("")
  .transform((list) => list.split(",").filter((id) => id !== ""))
  .pipe(z.array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)));

const Flags = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Where the CRM's webhooks go. */
  "webhook-url": z.url().optional(),
  /** Where the team's own site reports visits: Latchkey's POST /v1/events. */
  "events-url": z.url().optional(),
  "api-key": z.string().optional(),
  location: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default("simlocation0000000001"),
  /** Further locations of the same company, separated by commas: empty ones. */
  locations: ids,
  /** Further ones, of another company. */
  "other-company": ids,
  timezone: z.string().default("America/Chicago"),
  /** How long an access token of the app lives. */
  "token-seconds": z.coerce.number().int().min(1).default(86_399),
  /** The app's secret; made at random when absent. */
  "client-secret": z.string().min(8).optional(),
  /** The private integration token; made at random when absent. */
  token: z.string().min(8).optional(),
  /** What that token may do, separated by commas; absent: everything. */
  scopes: z.string().optional(),
  seed: z.coerce.number().int().default(1),
  leads: z.coerce.number().int().min(0).max(1_000_000).default(500),
  /** New leads per domain day. */
  arrivals: z.coerce.number().min(0).max(4_000).default(144),
  speed: z.coerce.number().positive().max(100_000).default(1),
  /** The domain instant that belongs to `real-start`; both default to now. */
  start: instant.optional(),
  "real-start": z.coerce.number().int().optional(),
  /** When this town was founded (domain); a town that is started again knows who came since. Default: `start`. */
  since: instant.optional(),
  "no-town": z.boolean().default(false),
  "rate-max": z.coerce.number().int().min(1).max(1_000_000).default(100),
  "rate-interval-ms": z.coerce.number().int().min(100).default(10_000),
  "rate-daily": z.coerce.number().int().min(1).optional(),
  /** A file that every accepted message is appended to. */
  ledger: z.string().optional(),
  /** A file that the town is written to as it lives, and gone on from at the next start. */
  keep: z.string().optional(),
  /** A file for what drives each lead and is told to nobody; written anew. For tests and evaluation. */
  truth: z.string().optional(),
  /** Which OutboundMessage echoes a send causes: first and last status, the first only, or none. */
  echo: z.enum(["all", "first", "none"]).default("all"),
  "retry-base-ms": z.coerce.number().int().min(1).default(1_000),
  /** A fault plan as JSON, see crm/faults.ts. */
  faults: z.string().optional(),
});

export type Flags = z.infer<typeof Flags>;

/** What others may not read in a list of processes is taken from the environment where no flag says it. */
const FROM_ENVIRONMENT = {
  "api-key": "SIMULATOR_API_KEY",
  token: "SIMULATOR_TOKEN",
  "client-secret": "SIMULATOR_CLIENT_SECRET",
} as const;

/** @throws Error that names the flag and what was expected */
export function readFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Flags {
  const options = Object.fromEntries(
    Object.keys(Flags.shape).map((name) => [
      name,
      { type: name === "no-town" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const unsaid = Object.entries(FROM_ENVIRONMENT).map(([flag, name]) => [flag, environment[name]] as const);
  const parsed = Flags.safeParse({ ...Object.fromEntries(unsaid), ...values });
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `--${String(path[0])}: ${message}`).join("\n"));
}
