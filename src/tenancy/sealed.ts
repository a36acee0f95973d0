// Whether what is sealed here opens with the secret at hand, and what becomes of what does not: it is given up, and what can be
// is made anew. Every statement on `secret_check` is in this file.

import { APP_LOCATION } from "../events/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { parkCompany, readCompanies } from "./companies.ts";
import { integrationPlace, newWorkflowSecret, workflowPlace } from "./installations.ts";
import { isSealed, type Seal } from "./seal.ts";
import { readSealedSecrets, removeSecret } from "./secrets.ts";
import {
  insertAudit,
  lockInstallation,
  readInstallations,
  replaceWorkflowSecret,
  setInstallationStatus,
  wipeInstallationToken,
} from "./store.ts";
import { deleteToken, type Holder, readTokens } from "./token-store.ts";
import { accessPlace } from "./tokens.ts";

const CHECK = "_app/secret";

/** What does not open with the secret at hand. */
export interface Unopened {
  /** Whose workflow webhooks show a secret that nobody can read. */
  readonly webhooks: readonly string[];
  /** Connected by a private integration. */
  readonly integrations: readonly string[];
  readonly tokens: readonly Holder[];
  readonly secrets: readonly { readonly location: string; readonly name: string }[];
}

export const isNothing = ({ webhooks, integrations, tokens, secrets }: Unopened): boolean =>
  webhooks.length + integrations.length + tokens.length + secrets.length === 0;

/**
 * Whether the secret is the one that this database was worked on with: the one that was noted; where none was yet, one that
 * opens something. In a transaction that sees all locations.
 *
 * @param counts what is sealed for a town, say, binds nobody to a secret
 */
export async function secretFits(sql: Sql, seal: Seal, counts: (location: string) => boolean): Promise<boolean> {
  const { rows } = await sql.query<{ sealed: string }>("select sealed from secret_check where location_id = $1", [
    APP_LOCATION,
  ]);
  if (rows[0] !== undefined) return opens(seal, rows[0].sealed, CHECK);
  const sealed = (await readSealed(sql)).filter(({ location }) => counts(location));
  return sealed.length === 0 || sealed.some((one) => opens(seal, one.sealed, one.place));
}

/** From now on another is known as another. The first that is noted stays. Answers whether that is this one. */
export async function noteSecret(sql: Sql, seal: Seal): Promise<boolean> {
  const { rows } = await sql.query<{ sealed: string }>(
    `insert into secret_check as c (location_id, sealed) values ($1, $2)
         on conflict (location_id) do update set sealed = c.sealed
  returning sealed`,
    [APP_LOCATION, seal.seal("", CHECK)],
  );
  return rows.every(({ sealed }) => opens(seal, sealed, CHECK));
}

/** In a transaction that sees all locations. */
export async function readUnopened(sql: Sql, seal: Seal): Promise<Unopened> {
  const closed = (await readSealed(sql)).filter(({ sealed, place }) => !opens(seal, sealed, place));
  return {
    webhooks: closed.flatMap((one) => (one.kind === "webhooks" ? [one.location] : [])),
    integrations: closed.flatMap((one) => (one.kind === "integration" ? [one.location] : [])),
    tokens: closed.flatMap((one) => (one.kind === "token" ? [one.holder] : [])),
    secrets: closed.flatMap((one) => (one.kind === "secret" ? [{ location: one.location, name: one.name }] : [])),
  };
}

/**
 * Gives up what does not open: workflow webhooks get a secret of their own anew, accounts and companies are to be connected
 * again, secrets of workflows are forgotten; each is audited. From now on this secret is the one that counts.
 */
export async function giveUp(sql: Sql, seal: Seal, { webhooks, ...lost }: Unopened, now: Instant): Promise<void> {
  const audit = (location: string, act: string, subject: string) =>
    insertAudit(sql, { location, at: now, who: "command line", act, subject, data: { why: "resealed" } });
  const reconnect = async (location: string) => {
    if ((await lockInstallation(sql, location))?.status === "uninstalled") return;
    if (await setInstallationStatus(sql, location, { status: "reconnect", why: "resealed", at: now }))
      await audit(location, "reconnect", location);
  };
  for (const location of webhooks) {
    await replaceWorkflowSecret(sql, location, newWorkflowSecret(seal, location));
    await audit(location, "workflow_secret_renewed", location);
  }
  for (const location of lost.integrations) {
    await wipeInstallationToken(sql, location);
    await reconnect(location);
  }
  for (const holder of lost.tokens) {
    await deleteToken(sql, holder);
    if (holder.kind === "location") await reconnect(holder.id);
    else if ((await readCompanies(sql)).some(({ company, status }) => company === holder.id && status === "active"))
      await parkCompany(sql, holder.id, "resealed", { at: now, who: "command line" });
  }
  for (const { location, name } of lost.secrets) {
    await removeSecret(sql, location, name);
    await audit(location, "secret_removed", name);
  }
  await sql.query("delete from secret_check where location_id = $1", [APP_LOCATION]);
  await noteSecret(sql, seal);
}

type Sealed = { readonly location: string; readonly sealed: string; readonly place: string } & (
  | { readonly kind: "webhooks" | "integration" }
  | { readonly kind: "token"; readonly holder: Holder }
  | { readonly kind: "secret"; readonly name: string }
);

async function readSealed(sql: Sql): Promise<Sealed[]> {
  const installations = await readInstallations(sql);
  const tokens = await readTokens(sql, [APP_LOCATION, ...installations.map(({ location }) => location)]);
  const secrets = await readSealedSecrets(sql);
  const all = [
    ...installations.flatMap(({ location, workflowSecret, token }): Sealed[] => [
      { kind: "webhooks", location, sealed: workflowSecret, place: workflowPlace(location) },
      ...(token === null
        ? []
        : [{ kind: "integration" as const, location, sealed: token, place: integrationPlace(location) }]),
    ]),
    ...tokens.map(({ location, holder: id, access }): Sealed => {
      const holder: Holder = { kind: location === APP_LOCATION ? "company" : "location", id };
      return { kind: "token", location, holder, sealed: access, place: accessPlace(holder) };
    }),
    ...secrets.map((one): Sealed => ({ kind: "secret", ...one })),
  ];
  return all.filter(({ sealed }) => isSealed(sealed));
}

function opens(seal: Seal, sealed: string, place: string): boolean {
  try {
    seal.open(sealed, place);
    return true;
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
}
