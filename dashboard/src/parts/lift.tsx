// An opt-out that the team judged, or that a link made: a manager lifts it, with a reason and what shows it.

import { type FormEvent, useState } from "react";
import type { LeadView } from "../../../src/insights/index.ts";
import { useHouse, useNow, useTaking } from "../data.tsx";
import { moment } from "../format.ts";
import { WORDS } from "../words.ts";

type OptOut = NonNullable<LeadView["optOuts"]>[number];
type Why = OptOut["reasons"][number];

export function Lift({ lead, optOut: { family, reasons, unclear } }: { lead: string; optOut: OptOut }) {
  const { api, session } = useHouse();
  const now = useNow();
  const [open, setOpen] = useState(false);
  const [why, setWhy] = useState<Why>();
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [refused, setRefused] = useState<string>();
  useTaking(lead, done, () => {
    setDone(false);
    setRefused(WORDS.liftStands);
  });
  if (reasons.length === 0 || (session.role !== "manager" && session.role !== "owner")) return null;
  const chosen = why !== undefined && reasons.includes(why) ? why : reasons[0];
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (chosen === undefined) return;
    const when = chosen === "judged_by_mistake" ? {} : { when: new Date(String(form.get("when"))).toISOString() };
    setBusy(true);
    const problem = await api.lift(lead, { family, why: chosen, evidence: String(form.get("evidence")), ...when }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    setBusy(false);
    setRefused(problem);
    setDone(problem === undefined);
  };
  if (done)
    return (
      <p className="note" role="status">
        {WORDS.judged}
      </p>
    );
  if (!open)
    return (
      <div className="unclear">
        <button type="button" className="button" onClick={() => setOpen(true)}>
          {WORDS.lift[family]}
        </button>
      </div>
    );
  return (
    <form className="unclear" aria-label={WORDS.lift[family]} onSubmit={(event) => void send(event)}>
      <p>{WORDS.liftAsk[family]}</p>
      {unclear === undefined ? null : <p>{WORDS.liftUnclear(unclear.words, moment(Date.parse(unclear.since), now))}</p>}
      <label className="note">
        {WORDS.liftWhy}{" "}
        <select
          className="select"
          name="why"
          value={chosen}
          onChange={(event) => setWhy(event.currentTarget.value as Why)}
        >
          {reasons.map((one) => (
            <option key={one} value={one}>
              {WORDS.liftReasons[one]}
            </option>
          ))}
        </select>
      </label>
      {chosen === "judged_by_mistake" ? null : (
        <label className="note">
          {WORDS.liftWhen} <input type="datetime-local" name="when" required />
        </label>
      )}
      <label className="note">
        {WORDS.liftEvidence} <input name="evidence" required maxLength={1000} />
      </label>
      <fieldset>
        <button type="button" className="button" disabled={busy} onClick={() => setOpen(false)}>
          {WORDS.keep}
        </button>
        <button type="submit" className="button primary" disabled={busy}>
          {WORDS.liftYes}
        </button>
      </fieldset>
      {refused === undefined ? null : (
        <p className="note" role="alert">
          {WORDS.refused(refused)}
        </p>
      )}
    </form>
  );
}
