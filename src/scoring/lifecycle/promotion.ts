// Who scores: promotion, by the bars or by a person's word, and the way back. Each is one transaction with its audit row.

import { type Aim, aimWords, sameAim } from "../../kernel/aim.ts";
import { Conflict, InvalidInput } from "../../kernel/errors.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import type { Clock, Instant } from "../../kernel/time.ts";
import type { AuditEntry } from "../../tenancy/index.ts";
import type { Aims } from "./aims.ts";
import { type KeptModel, type Kind, short } from "./kept.ts";
import { crown, forgetTakenBack, forgetWithdrawn, lockChampion, markTakenBack, readModel, retire } from "./store.ts";

export interface PromotionNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** What the chance of each of these locations is asked to foretell. */
  readonly aims: Aims["of"];
  audit(sql: Sql, entry: AuditEntry): Promise<void>;
  /** After the commit: who scores has changed. */
  changed(location: string): void;
}

export interface Asked {
  readonly by: string;
  readonly why: string;
}

export interface Promotion {
  /**
   * Makes a model the champion of its kind. One that failed its bars, or foretells another outcome than the one that is
   * asked for, takes `anyway`.
   *
   * @throws InvalidInput where there is no such model, or the bars refuse it
   * @throws Conflict where it scores already
   */
  promote(location: string, id: string, asked: Asked & { readonly anyway: boolean }): Promise<KeptModel>;
  /**
   * Back to whom the champion replaced; from the first one to the rules. Trainings promote nobody of this kind from then on,
   * until a person does.
   *
   * @returns the model that scores now; undefined: the rules
   * @throws Conflict where the rules score already
   */
  rollback(location: string, kind: Kind, asked: Asked): Promise<KeptModel | undefined>;
}

export function openPromotion({ database, clock, aims, audit, changed }: PromotionNeeds): Promotion {
  return {
    async promote(location, id, { by, why, anyway }) {
      const asked = (await aims([location])).get(location);
      const promoted = await database.transaction([location], async (sql) => {
        const model = await readModel(sql, location, id);
        if (model === undefined) throw new InvalidInput("There is no such model here.", "not-found");
        const now = clock.now();
        const { champion: before } = await lockChampion(sql, location, model.kind);
        if (before?.id === model.id) throw new Conflict(`Model ${short(model.id)} scores already.`);
        const refusal = refusalOf(model, asked);
        if (refusal !== undefined && !anyway)
          throw new InvalidInput(`${refusal} Say that it is to be promoted anyway (--anyway).`);
        await replace(sql, location, model, before?.id, { by, why, now });
        await forgetTakenBack(sql, location, model.kind);
        await forgetWithdrawn(sql, location, model.kind);
        const data = {
          why,
          replaced: before?.id ?? "rules",
          kind: model.kind,
          ...(refusal ? { despite: refusal } : {}),
        };
        await audit(sql, { location, at: now, who: by, act: "model.promote", subject: model.id, data });
        return readModel(sql, location, model.id);
      });
      changed(location);
      return promoted as KeptModel;
    },

    async rollback(location, kind, { by, why }) {
      const now = clock.now();
      const back = await database.transaction([location], async (sql) => {
        const { champion } = await lockChampion(sql, location, kind);
        if (champion === undefined) throw new Conflict("The rules score here: there is nothing to take back.");
        await retire(sql, location, champion.id, { by, why: `rolled back: ${why}`, now });
        await markTakenBack(sql, location, champion.id, now);
        const to = champion.replaced;
        const stands = to !== null && (await crown(sql, location, to, { by, why: `rolled back to: ${why}`, now }));
        const data = { why, kind, to: stands ? to : "rules" };
        await audit(sql, { location, at: now, who: by, act: "model.rollback", subject: champion.id, data });
        return stands ? readModel(sql, location, to) : undefined;
      });
      changed(location);
      return back;
    },
  };
}

/** Changes the champion within a transaction that holds the lock on the old one. */
export async function replace(
  sql: Sql,
  location: string,
  model: Pick<KeptModel, "id">,
  before: string | undefined,
  change: { readonly by: string; readonly why: string; readonly now: Instant },
): Promise<void> {
  if (before !== undefined)
    await retire(sql, location, before, { ...change, why: `replaced by ${short(model.id)}: ${change.why}` });
  await crown(sql, location, model.id, { ...change, replaced: before ?? null });
}

/** Why the bars, or what the location asks for, do not let it. */
function refusalOf({ kind, learned, verdict }: KeptModel, asked: Aim | undefined): string | undefined {
  if (kind === "chance" && !sameAim(learned.aim, asked))
    return `This model foretells ${aimWords(learned.aim)}, and this location asks for ${aimWords(asked)}.`;
  const failed = verdict.bars.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return undefined;
  return `This model does not pass its bars: ${failed.map(({ says }) => says).join("; ")}.`;
}
