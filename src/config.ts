// The environment, read once, checked whole. Unknown LATCHKEY_* names and bad values are errors that say what was expected.

import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { InvalidInput } from "./kernel/errors.ts";
import { openAllowed } from "./outreach/index.ts";

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Public address, without a trailing slash. */
  readonly url: string;
  readonly dataFolder: string;
  /** External PostgreSQL; absent: the embedded one in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly workflowsFolder: string;
  readonly roles: ReadonlySet<Role>;
  /** Absent: generated into the data folder. */
  readonly secret: string | undefined;
  readonly apiKey: string | undefined;
  readonly simulator: "auto" | "on" | "off";
  readonly highlevel: {
    readonly apiUrl: string;
    readonly location: string | undefined;
    readonly token: string | undefined;
    /** The marketplace app; absent: locations are connected by private integrations. */
    readonly app: { readonly clientId: string; readonly clientSecret: string; readonly chooserUrl: string } | undefined;
    /** PEM text, or the path of a file of it; absent: HighLevel's own key. */
    readonly webhookKeys: string | undefined;
    /** Webhooks may be signed in the retired way (`x-wh-signature`), too. */
    readonly legacySignatures: boolean;
    /** Which versions of its API are asked for; absent: v3, and the dated ones where people sign in. */
    readonly versions: "v3" | "dated" | undefined;
    /** Where triggers of the CRM's workflows may want to be told, beside the CRM's own address: prefixes that end in `/`. */
    readonly triggerTargets: readonly string[];
  };
  /** Networks that are not public and that webhooks may reach all the same. */
  readonly webhookNetworks: readonly string[];
}

export type Role = "web" | "worker";

const text = z.string().min(1);
const url = z.url({ protocol: /^https?$/, error: "expected an http or https address" });

const list = (isGood: (one: string) => boolean, expected: string) =>
  z
    .string()
    .default("")
    .transform((given) => given.split(",").map((one) => one.trim()))
    .transform((all) => all.filter((one) => one !== ""))
    .refine((all) => all.every(isGood), expected);

function isNetwork(text: string): boolean {
  try {
    openAllowed([text]);
    return true;
  } catch {
    return false;
  }
}

const Environment = z.object({
  PORT: z.coerce.number({ error: "expected a port number" }).int().min(0).max(65_535).default(3000),
  HOST: text.default("127.0.0.1"),
  LATCHKEY_DATA: text.default(".latchkey"),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: "expected postgres://user:password@host/database" })
    .optional(),
  LATCHKEY_URL: url.optional(),
  LATCHKEY_WORKFLOWS: z.string().default("workflows"),
  LATCHKEY_ROLES: z
    .string()
    .default("web,worker")
    .transform((list) => list.split(",").map((role) => role.trim()))
    .pipe(z.array(z.enum(["web", "worker"], { error: 'expected "web", "worker" or "web,worker"' })).min(1)),
  LATCHKEY_SECRET: z.string().min(32, "expected at least 32 characters").optional(),
  LATCHKEY_API_KEY: z.string().min(16, "expected at least 16 characters").optional(),
  LATCHKEY_SIMULATOR: z.enum(["auto", "on", "off"], { error: "expected auto, on or off" }).default("auto"),
  HIGHLEVEL_API_URL: url.default("https://services.leadconnectorhq.com"),
  HIGHLEVEL_LOCATION: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a location id: letters, digits, _ and -")
    .optional(),
  HIGHLEVEL_TOKEN: text.optional(),
  HIGHLEVEL_CLIENT_ID: z
    .string()
    .regex(/^[A-Za-z0-9]+-[A-Za-z0-9]+$/, "expected the app's client id as its page shows it: <app>-<suffix>")
    .optional(),
  HIGHLEVEL_CLIENT_SECRET: text.optional(),
  HIGHLEVEL_INSTALL_URL: url.default("https://marketplace.gohighlevel.com/v2/oauth/chooselocation"),
  HIGHLEVEL_WEBHOOK_KEYS: text.optional(),
  HIGHLEVEL_LEGACY_SIGNATURES: z.enum(["on", "off"], { error: "expected on or off" }).default("off"),
  HIGHLEVEL_API_VERSIONS: z.enum(["v3", "dated"], { error: "expected v3 or dated" }).optional(),
  HIGHLEVEL_TRIGGER_TARGETS: list(
    (one) => /^https?:\/\/[^/?#@]+\/([^?#]*\/)?$/.test(one) && URL.canParse(one),
    "expected addresses that end in /, with commas between them: https://crm.example.com/triggers/",
  ),
  LATCHKEY_WEBHOOK_NETWORKS: list(isNetwork, "expected networks with commas between them: 10.1.0.0/16"),
});

/**
 * @param env usually `process.env`
 * @throws InvalidInput naming every variable that is wrong and what was expected
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const known = new Set(Object.keys(Environment.shape));
  const errors = Object.keys(env)
    .filter((name) => name.startsWith("LATCHKEY_") && !known.has(name))
    .map((name) => ({
      field: name,
      detail: `there is no such setting. Known: ${[...known].filter((k) => k.startsWith("LATCHKEY_")).join(", ")}`,
    }));
  // an empty variable is an absent one, except the folder: an empty LATCHKEY_WORKFLOWS publishes nothing
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => known.has(name) && (value !== "" || name === "LATCHKEY_WORKFLOWS")),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    errors.push(...parsed.error.issues.map((issue) => ({ field: String(issue.path[0]), detail: issue.message })));
  } else if (parsed.data.HIGHLEVEL_TOKEN !== undefined && parsed.data.HIGHLEVEL_LOCATION === undefined) {
    errors.push({
      field: "HIGHLEVEL_LOCATION",
      detail: "expected the id of the location that HIGHLEVEL_TOKEN belongs to",
    });
  }
  if (
    parsed.success &&
    (parsed.data.HIGHLEVEL_CLIENT_ID === undefined) !== (parsed.data.HIGHLEVEL_CLIENT_SECRET === undefined)
  ) {
    const missing = parsed.data.HIGHLEVEL_CLIENT_ID === undefined ? "ID" : "SECRET";
    errors.push({ field: `HIGHLEVEL_CLIENT_${missing}`, detail: "expected beside the other of the two" });
  }
  if (!parsed.success || errors.length > 0) {
    throw new InvalidInput(
      errors.map(({ field, detail }) => `${field}: ${detail}`).join("\n"),
      "invalid-input",
      errors,
    );
  }
  const e = parsed.data;
  return {
    host: e.HOST,
    port: e.PORT,
    url: (e.LATCHKEY_URL ?? `http://${e.HOST}:${e.PORT}`).replace(/\/+$/, ""),
    dataFolder: e.LATCHKEY_DATA,
    databaseUrl: e.DATABASE_URL,
    workflowsFolder: e.LATCHKEY_WORKFLOWS,
    roles: new Set(e.LATCHKEY_ROLES),
    secret: e.LATCHKEY_SECRET,
    apiKey: e.LATCHKEY_API_KEY,
    simulator: e.LATCHKEY_SIMULATOR,
    highlevel: {
      apiUrl: e.HIGHLEVEL_API_URL.replace(/\/+$/, ""),
      location: e.HIGHLEVEL_LOCATION,
      token: e.HIGHLEVEL_TOKEN,
      app:
        e.HIGHLEVEL_CLIENT_ID === undefined || e.HIGHLEVEL_CLIENT_SECRET === undefined
          ? undefined
          : {
              clientId: e.HIGHLEVEL_CLIENT_ID,
              clientSecret: e.HIGHLEVEL_CLIENT_SECRET,
              chooserUrl: e.HIGHLEVEL_INSTALL_URL,
            },
      webhookKeys: e.HIGHLEVEL_WEBHOOK_KEYS,
      legacySignatures: e.HIGHLEVEL_LEGACY_SIGNATURES === "on",
      versions: e.HIGHLEVEL_API_VERSIONS,
      triggerTargets: e.HIGHLEVEL_TRIGGER_TARGETS,
    },
    webhookNetworks: e.LATCHKEY_WEBHOOK_NETWORKS,
  };
}

/** The versions of its API, as a client takes them. */
export const versionsOf = ({ highlevel: { versions } }: Config): { versions?: "v3" | "dated" } =>
  versions === undefined ? {} : { versions };

/**
 * The keys that sign webhooks; none: HighLevel's own.
 *
 * @throws InvalidInput when HIGHLEVEL_WEBHOOK_KEYS is neither PEM nor a file
 */
export function webhookKeys({ highlevel }: Config): { pem?: string; legacy: boolean } {
  const { webhookKeys: given, legacySignatures: legacy } = highlevel;
  if (given === undefined) return { legacy };
  if (given.includes("-----BEGIN")) return { pem: given.replaceAll("\\n", "\n"), legacy };
  if (!existsSync(given)) {
    throw new InvalidInput(
      `HIGHLEVEL_WEBHOOK_KEYS: expected PEM text or the path of a file of it; there is no ${given}`,
    );
  }
  return { pem: readFileSync(given, "utf8"), legacy };
}
