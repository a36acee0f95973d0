// Companies of the CRM that let us into their locations. They span locations, so they lie under `_app`. Every statement
// that touches `company` is in this file.

import { APP_LOCATION } from "../events/index.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock, Instant } from "../kernel/time.ts";
import type { Installation, Standing, StatusWhy } from "./installation.ts";
import type { Expected } from "./installations.ts";
import { insertAudit } from "./store.ts";

export interface Company {
  readonly company: string;
  readonly status: Installation["status"];
  readonly statusAt: Instant;
  readonly why?: StatusWhy;
  /** When it last let us in. */
  readonly letInAt?: Instant;
  /** The CRM has said where the app is installed since it was last asked to. */
  readonly listed: boolean;
}

export interface Companies {
  /** As of the last refresh. */
  get(company: string): Company | undefined;
  all(): readonly Company[];
  /** Active from now on, its locations to be asked for. */
  connect(company: string, by: string, also: (sql: Sql) => Promise<void>): Promise<void>;
  /** Its locations are to be asked for again. */
  unlist(company: string): Promise<void>;
  markListed(company: string): Promise<void>;
  /** Answers whether it stood as expected. */
  end(
    company: string,
    by: string,
    ended: { at?: Instant; only: Expected; also: (sql: Sql) => Promise<void> },
  ): Promise<boolean>;
  /** It must be connected again, where `only`, asked with its row locked, says so. In the caller's transaction; `refresh` shows it. */
  park(sql: Sql, company: string, why: StatusWhy, only: () => Promise<boolean>): Promise<boolean>;
  refresh(): Promise<void>;
}

interface Row {
  readonly company: string;
  readonly status: Installation["status"];
  readonly statusAt: Instant;
  readonly why: StatusWhy | null;
  readonly letInAt: Instant | null;
  readonly listed: boolean;
}

export async function openCompanies({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
}): Promise<Companies> {
  let known: ReadonlyMap<string, Company> = new Map();
  const inApp = <T>(work: (sql: Sql) => Promise<T>) => database.transaction([APP_LOCATION], work);
  const refresh = async () => {
    const rows = await inApp(readCompanies);
    known = new Map(rows.map((row) => [row.company, row]));
  };
  const audit = (sql: Sql, company: string, act: string, who: string) =>
    insertAudit(sql, { location: APP_LOCATION, at: clock.now(), who, act, subject: company });
  await refresh();

  return {
    get: (company) => known.get(company),
    all: () => [...known.values()],
    refresh,
    async connect(company, by, also) {
      const now = new Date(clock.now());
      await inApp(async (sql) => {
        await sql.query(
          `insert into company (location_id, company_id, status, status_at, let_in_at, installed_at)
           values ($1, $2, 'active', $3, $3, $3)
               on conflict (location_id, company_id) do update
              set status = 'active', status_why = null, status_at = excluded.status_at, let_in_at = excluded.let_in_at,
                  listed_at = null`,
          [APP_LOCATION, company, now],
        );
        await also(sql);
        await audit(sql, company, "install", by);
      });
      await refresh();
    },
    async unlist(company) {
      await inApp((sql) =>
        sql.query("update company set listed_at = null where location_id = $1 and company_id = $2", [
          APP_LOCATION,
          company,
        ]),
      );
      await refresh();
    },
    async markListed(company) {
      await inApp((sql) =>
        sql.query("update company set listed_at = $3 where location_id = $1 and company_id = $2", [
          APP_LOCATION,
          company,
          new Date(clock.now()),
        ]),
      );
      await refresh();
    },
    async end(company, by, { at, only, also }) {
      const ended = await inApp(async (sql) => {
        if (!only(await lockCompany(sql, company))) return false;
        await setStatus(sql, company, { status: "uninstalled", why: "removed", at: at ?? clock.now() });
        await also(sql);
        await audit(sql, company, "uninstall", by);
        return true;
      });
      await refresh();
      return ended;
    },
    async park(sql, company, why, only) {
      await lockCompany(sql, company);
      if (!(await only())) return false;
      await parkCompany(sql, company, why, { at: clock.now(), who: "Latchkey" });
      return true;
    },
  };
}

/** It must be connected again, audited; the caller has its row locked. */
export async function parkCompany(
  sql: Sql,
  company: string,
  why: StatusWhy,
  { at, who }: { readonly at: Instant; readonly who: string },
): Promise<void> {
  await setStatus(sql, company, { status: "reconnect", why, at });
  await insertAudit(sql, { location: APP_LOCATION, at, who, act: "reconnect", subject: company, data: { why } });
}

export async function readCompanies(sql: Sql): Promise<Company[]> {
  const { rows } = await sql.query<Row>(
    `select company_id as company, status, status_at as "statusAt", status_why as why, let_in_at as "letInAt",
            listed_at is not null as listed
       from company
      where location_id = $1
      order by company_id`,
    [APP_LOCATION],
  );
  return rows.map(({ company, listed, ...row }) => ({ company, listed, ...standing(row) }));
}

async function lockCompany(sql: Sql, company: string): Promise<Standing | undefined> {
  const { rows } = await sql.query<Omit<Row, "company" | "listed">>(
    `select status, status_at as "statusAt", status_why as why, let_in_at as "letInAt"
       from company
      where location_id = $1 and company_id = $2
        for update`,
    [APP_LOCATION, company],
  );
  return rows.map(standing)[0];
}

const standing = ({ why, letInAt, ...row }: Omit<Row, "company" | "listed">): Standing => ({
  ...row,
  ...(why === null ? {} : { why }),
  ...(letInAt === null ? {} : { letInAt }),
});

async function setStatus(
  sql: Sql,
  company: string,
  { status, why, at }: { status: Installation["status"]; why: StatusWhy; at: Instant },
): Promise<void> {
  await sql.query(
    `update company set status = $3, status_why = $4, status_at = $5 where location_id = $1 and company_id = $2`,
    [APP_LOCATION, company, status, why, new Date(at)],
  );
}
