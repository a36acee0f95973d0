// `latchkey doctor`: tries what a first run depends on, and says of each what is wrong and what to do about it.

import { mustBeTheSecret } from "../app/another-secret.ts";
import type { Premises } from "../app/premises.ts";
import { isTown } from "../app/town.ts";
import { type Config, versionsOf, webhookKeys } from "../config.ts";
import { type HighLevel, missingScopes, openHighLevel, openSignatures, type Reply } from "../highlevel/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { iso, SECOND } from "../kernel/time.ts";
import { isPublicUrl } from "../outreach/index.ts";
import { type KeptToken, readAccess } from "../tenancy/index.ts";
import { checkFolder, type Diagnostic, liveWorkflows } from "../workflows/index.ts";
import { openHouse } from "./house.ts";

export interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const MOST_OFFSET = 5 * SECOND;

/** Everything there is to tell, in the order in which to mend it. */
export async function examine(config: Config): Promise<Finding[]> {
  const workflows = await examineWorkflows(config);
  const found: Finding[] = [workflows, examineKeys(config)];
  let premises: Premises;
  try {
    premises = await openHouse(config, "guest", { anySecret: true });
  } catch (error) {
    const remedy =
      config.databaseUrl === undefined
        ? "A Latchkey that is about to start is asked in a moment; one of another user or container, there. Else see postgres.log in the data folder."
        : "See that DATABASE_URL names a PostgreSQL 15 or newer that this machine reaches.";
    return [{ subject: "database", ok: false, detail: (error as Error).message, remedy }, ...found];
  }
  try {
    const secret = await examineSecret(premises, config);
    // without it no account of the database can be looked at
    if (secret !== undefined) return [reached(premises.installations.list()), secret, ...found];
    if (!workflows.ok) found[0] = await meanwhile(workflows, premises);
    found.unshift(reached(premises.installations.list()), examineClock(premises));
    const active = premises.installations.list().filter(({ location }) => !isTown(location));
    const { location: given } = config.highlevel;
    const locations = [
      ...new Set([...active.map(({ location }) => location), ...(given === undefined ? [] : [given])]),
    ];
    if (locations.length === 0)
      found.push({ subject: "CRM", ok: true, detail: "none is configured: npm start runs the simulated town" });
    if (locations.length > 0) found.push(examineLinks(config));
    for (const location of locations)
      found.push(examinePostal(premises, location), ...(await examineLocation(config, premises, location)));
    return found;
  } finally {
    await premises.close();
  }
}

async function examineSecret(premises: Premises, config: Config): Promise<Finding | undefined> {
  try {
    await mustBeTheSecret(premises, config);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { subject: "secret", ok: false, detail: error.message };
  }
}

/** With the ids that `--location` takes. */
export function reached(locations: readonly { readonly location: string }[]): Finding {
  const ids = locations.map(({ location }) => location).join(", ") || "none yet";
  return { subject: "database", ok: true, detail: `reached, and up to date; locations: ${ids}` };
}

async function examineWorkflows({ workflowsFolder }: Config): Promise<Finding> {
  if (workflowsFolder === "") return { subject: "workflows", ok: true, detail: "no folder: what is live stays live" };
  const { exit, diagnostics } = await checkFolder(workflowsFolder);
  if (exit === 0) return { subject: "workflows", ok: true, detail: `${workflowsFolder} has no errors` };
  const remedy = `Run: npx latchkey check ${workflowsFolder}`;
  if (exit === 2) return { subject: "workflows", ok: false, detail: `${workflowsFolder} cannot be read`, remedy };
  return { subject: "workflows", ok: false, detail: faultsIn(workflowsFolder, diagnostics), remedy };
}

const MOST_FILES = 5;

/** `workflows has 3 errors in a.yaml and b.yaml` */
export function faultsIn(folder: string, found: readonly Pick<Diagnostic, "file" | "severity">[]): string {
  const errors = found.filter(({ severity }) => severity === "error");
  const files = [...new Set(errors.map(({ file }) => file))].sort();
  const more = files.length > MOST_FILES ? `, and ${files.length - MOST_FILES} more files` : "";
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  return `${folder} has ${count} in ${files.slice(0, MOST_FILES).join(", ")}${more}`;
}

/** What is live at each location while the files are not right. */
async function meanwhile(finding: Finding, { database, installations }: Premises): Promise<Finding> {
  const counts: string[] = [];
  for (const { location } of installations.list()) {
    const live = await database.transaction([location], (sql) => liveWorkflows(sql, location));
    counts.push(`${live.length} at ${location}`);
  }
  const stays = counts.length === 0 ? "nothing is live yet" : `live meanwhile, as last good: ${counts.join(", ")}`;
  return { ...finding, detail: `${finding.detail}; ${stays}` };
}

function examineKeys(config: Config): Finding {
  const subject = "webhook key";
  try {
    const keys = webhookKeys(config);
    openSignatures(keys);
    return { subject, ok: true, detail: keys.pem === undefined ? "HighLevel's published one" : "your own, readable" };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { subject, ok: false, detail: error.message, remedy: "Mend HIGHLEVEL_WEBHOOK_KEYS, or leave it out." };
  }
}

function examineClock({ clock }: Premises): Finding {
  const offset = clock.real() - Date.now();
  const ok = Math.abs(offset) <= MOST_OFFSET;
  const detail = `the database's clock and this machine's differ by ${Math.abs(Math.round(offset))} ms`;
  return { subject: "clock", ok, detail, ...(ok ? {} : { remedy: "Let both machines follow a time server (NTP)." }) };
}

/** Links of messages and the page that ends e-mails are ours: somebody else's browser has to reach them. */
function examineLinks({ url }: Config): Finding {
  const subject = "links in messages";
  if (isPublicUrl(url)) return { subject, ok: true, detail: `${url}/l/… and the way out of e-mails, ${url}/u/…` };
  return {
    subject,
    ok: false,
    detail: `${url} is no address that leads reach: links stay as they are, clicks in texts are not seen, and e-mails ask for an answer to end them`,
    remedy: "Set LATCHKEY_URL to the public https address of this Latchkey.",
  };
}

function examinePostal({ installations }: Premises, location: string): Finding {
  const subject = `${location}: postal address`;
  if (typeof installations.get(location)?.settings["postal"] === "string")
    return { subject, ok: true, detail: "stands under its marketing e-mails" };
  return {
    subject,
    ok: false,
    detail: "nobody has said it, and the law wants it under every marketing e-mail (CAN-SPAM, 15 USC 7704)",
    remedy: `Run: npx latchkey site postal "Team, street, city, state ZIP" --location ${location}`,
  };
}

async function examineLocation(config: Config, premises: Premises, location: string): Promise<Finding[]> {
  const { installations, clock } = premises;
  const { highlevel, url } = config;
  const secret = installations.workflowSecret(location);
  const webhook: Finding =
    secret === undefined
      ? {
          subject: `${location}: workflow webhooks`,
          ok: true,
          detail: "their address is made when Latchkey first starts",
        }
      : {
          subject: `${location}: workflow webhooks`,
          ok: true,
          detail: `${url}/webhooks/workflow/${location}?key=${secret}`,
        };
  const given = (highlevel.location === location ? highlevel.token : undefined) ?? installations.token(location);
  const kept = given === undefined ? await readAccess(premises, location) : undefined;
  const connection = given === undefined ? examineConnection(config, premises, location, kept) : [];
  const token = given ?? (kept !== undefined && kept.expiresAt > clock.real() ? kept.access : undefined);
  if (token === undefined) return [webhook, ...connection];
  const api = openHighLevel({ url: highlevel.apiUrl, clock, token: () => token, ...versionsOf(config) });
  try {
    return [webhook, ...connection, ...(await examineScopes(api, location))];
  } finally {
    await api.close();
  }
}

/** Of a token that names its scopes: without this one the CRM refuses to hear of a disconnect. */
const mute = (scopes: readonly string[]): string =>
  scopes.length === 0 || scopes.includes("oauth.write")
    ? ""
    : "; without oauth.write the CRM cannot be told of a disconnect here: remove the app there by hand then";

/** How a location stands that no private integration opens. */
function examineConnection(
  { url }: Config,
  { installations, clock }: Premises,
  location: string,
  kept: KeptToken | undefined,
): Finding[] {
  const of = installations.get(location);
  const subject = `${location}: connection`;
  const remedy = `Open ${url}/settings and choose Connect again.`;
  if (of?.status === "reconnect") {
    const detail = `to be connected again since ${iso(of.statusAt)} (${of.why ?? "unknown"})`;
    return [{ subject, ok: false, detail, remedy }];
  }
  if (kept === undefined) {
    const how = `Open ${url}/settings and connect it, or set HIGHLEVEL_TOKEN to the token of a private integration of it.`;
    return [{ subject: `${location}: token`, ok: false, detail: "there is none", remedy: how }];
  }
  const over = kept.expiresAt <= clock.real();
  const detail = over
    ? "its token is over: Latchkey renews it when it runs"
    : `connected, until ${iso(kept.expiresAt)}${mute(kept.scopes)}`;
  const missing = missingScopes(kept.scopes);
  const scopes: Finding[] =
    missing.length === 0
      ? []
      : [{ subject: `${location}: scopes`, ok: false, detail: `missing ${missing.join(", ")}`, remedy }];
  return [{ subject, ok: true, detail }, ...scopes];
}

/** A lead, a message that nobody has: who may look is told that there is none, who may not is refused. */
const NOBODY = "latchkeydoctor00000000";

async function examineScopes(api: HighLevel, location: string): Promise<Finding[]> {
  const place = await api.location(location);
  const first = judge(location, "locations.readonly", place);
  if (place.outcome === "not_taken" || place.outcome === "unknown") return [first]; // the others would say the same
  const company = place.outcome === "done" ? place.value.companyId : undefined;
  return [
    first,
    judge(location, "contacts.readonly", await api.contact(location, NOBODY)),
    judge(location, "conversations.readonly", await api.conversationOf(location, NOBODY)),
    judge(location, "conversations/message.readonly", await api.message(location, NOBODY)),
    judge(location, "locations/customFields.readonly", await api.customFields(location)),
    judge(location, "opportunities.readonly", await api.pipelines(location)),
    judge(location, "calendars.readonly", await api.calendars(location)),
    judge(
      location,
      "calendars/events.readonly",
      await api.appointments(location, { calendar: NOBODY, from: Date.now(), to: Date.now() }),
    ),
    judge(location, "locations/tags.readonly", await api.tags(location)),
    judge(location, "workflows.readonly", await api.workflows(location)),
    ...(company ? [judge(location, "users.readonly", await api.users(location, company))] : []),
    {
      subject: `${location}: contacts.write, conversations/message.write, opportunities.write`,
      ok: true,
      detail: "not tried: trying would write; the first message tells",
    },
  ];
}

function judge(location: string, scope: string, reply: Reply<unknown>): Finding {
  const subject = `${location}: ${scope}`;
  if (reply.outcome === "done") return { subject, ok: true, detail: "granted" };
  if (reply.outcome === "refused" && reply.status !== 401 && reply.status !== 403)
    return { subject, ok: true, detail: `granted (the CRM answered ${reply.status} to a question about nobody)` };
  if (reply.outcome === "refused" || (reply.outcome === "not_taken" && reply.cause === "auth")) {
    const said = reply.outcome === "refused" ? `${reply.status} ${reply.message}` : reply.detail;
    const remedy = `In HighLevel, Settings → Private Integrations, give the integration ${scope}, and see that HIGHLEVEL_TOKEN is its token.`;
    return { subject, ok: false, detail: said, remedy };
  }
  const remedy = "See that this machine reaches HIGHLEVEL_API_URL, and ask again in a minute.";
  return { subject, ok: false, detail: reply.detail, remedy };
}

/** One line for each finding, and one below it for what to do. */
export const report = (findings: readonly Finding[]): string =>
  findings
    .map(
      ({ subject, ok, detail, remedy }) =>
        `${ok ? "ok  " : "FAIL"}  ${subject}: ${detail}${remedy === undefined ? "" : `\n      ${remedy}`}`,
    )
    .join("\n");
