// The CRM's own words about the app: it came, it went, of a location or of a whole company. They are mail of `_app`.

import { APP_LOCATION, deleteMail, LOCATION_LEAD, type Mail, readMail } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { type AppNotice, type Companies, decideApp, type Installations } from "../tenancy/index.ts";

interface Needs {
  readonly database: Database;
  readonly installations: Installations;
  readonly companies: Companies;
  /** Our own app's id; absent: there is none, and nobody is heard. */
  readonly app: string | undefined;
  /** A token for it is to be had of its company. */
  connect(location: string, company: string, at: Instant): Promise<void>;
  /** It came back, and a person must connect it. */
  invite(location: string, at: Instant): Promise<void>;
  remove(location: string, at: Instant): Promise<void>;
  removeCompany(company: string, at: Instant): Promise<void>;
}

const LETTERS = 50;

export function openAppWords(needs: Needs) {
  const { database, installations, companies, app } = needs;
  const inApp = <T>(work: (sql: Sql) => Promise<T>) => database.transaction([APP_LOCATION], work);

  const hear = async (notice: AppNotice): Promise<void> => {
    const change = decideApp(notice, {
      app,
      location: notice.location === undefined ? undefined : installations.get(notice.location),
      company: notice.company === undefined ? undefined : companies.get(notice.company),
    });
    const { at } = notice;
    switch (change.change) {
      case "connect":
        return needs.connect(change.location, change.company, at);
      case "invite":
        return needs.invite(change.location, at);
      case "confirm":
        return installations.confirm(change.location, at);
      case "remove":
        return needs.remove(change.location, at);
      case "list":
        return companies.unlist(change.company);
      case "remove_company":
        return needs.removeCompany(change.company, at);
      case "none":
        return;
    }
  };

  return {
    /** Reads what came, oldest first. Each is carried out before it is forgotten: hearing it twice does no harm. */
    async read(): Promise<void> {
      const mail = await inApp((sql) => readMail(sql, APP_LOCATION, [LOCATION_LEAD], LETTERS));
      const letters = mail.get(LOCATION_LEAD) ?? [];
      if (letters.length === 0) return;
      await Promise.all([installations.refresh(), companies.refresh()]);
      for (const letter of letters) {
        const notice = noticeOf(letter);
        if (notice !== undefined) await hear(notice);
        await inApp((sql) => deleteMail(sql, APP_LOCATION, [letter.seq]));
      }
    },
  };
}

/** What a letter to the app says; undefined where it is none of the CRM's. */
function noticeOf(letter: Mail): AppNotice | undefined {
  if (letter.kind !== "event") return undefined;
  const { type, at, data } = letter.event;
  const id = (name: keyof JsonObject) => {
    const value = data[name];
    return typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : undefined;
  };
  return {
    type: type.replace(/^crm\./, ""),
    at,
    app: id("appId"),
    location: id("locationId"),
    company: id("companyId"),
  };
}
