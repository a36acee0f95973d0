// When and how often this team may write: all that binds, where each part is from, and the team's own part to edit.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { RulesView } from "../../../src/app/binding.ts";
import { Problem } from "../api.ts";
import { useHouse } from "../data.tsx";
import { CHANNEL_NAMES, CHANNELS, changesOf, type Draft, draftOf, faultOf, linesOf, PACKS } from "../rules.ts";
import { Field, type Said } from "./field.tsx";
import { Bones, Failed } from "./states.tsx";

/** Beside the page's own words, so that they come with the page and not with the first load. */
const WORDS = {
  title: "Quiet hours and limits",
  strictest: "Quiet hours are on the lead's clock; limits are of marketing to one lead. The strictest of all binds.",
  own: "Set here",
  stricter: "Make it as strict as you like; what loosens a rule takes an owner.",
  managers: "Managers and owners change what is set here.",
  quiet: "Quiet hours",
  quietHow: "As 20:00-09:00; several with commas. Empty: none of our own.",
  email: "Email keeps the quiet hours, too",
  caps: "At most",
  capsHow: "As 2 per 24h, or 3 per 7d. Empty: no limit of our own.",
  pack: "Rules pack",
  packHow: "Statute keeps to the table of the law alone: wider hours, no limit where a state has none.",
  save: "Save",
  saved: "Saved. It holds within seconds.",
  same: "Nothing has changed.",
  wrong: "Nothing is saved: see above.",
};

export function RulesCard() {
  const { api, session } = useHouse();
  const query = useQuery({ queryKey: ["rules"], queryFn: api.rules });
  const view = query.data;
  const mayEdit = session.role === "owner" || session.role === "manager";
  return (
    <section className="card" aria-labelledby="rules">
      <header className="card-head">
        <h2 id="rules">{WORDS.title}</h2>
      </header>
      {view === undefined ? (
        query.error ? (
          <Failed what="the rules" error={query.error} again={() => void query.refetch()} />
        ) : (
          <Bones rows={4} height={48} />
        )
      ) : (
        <>
          <ul>
            {linesOf(view).map(({ what, value, from }) => (
              <li key={`${what} ${value} ${from}`} className="row">
                <div className="row-text">
                  <h3>
                    {what}: {value}
                  </h3>
                  <p className="note">{from}</p>
                </div>
              </li>
            ))}
          </ul>
          <div className="pad connect">
            <p className="note">{WORDS.strictest}</p>
            {mayEdit ? (
              <Own rules={view.rules} mayLoosen={session.role === "owner"} />
            ) : (
              <p className="note">{WORDS.managers}</p>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function Own({ rules, mayLoosen }: { rules: RulesView["rules"]; mayLoosen: boolean }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => draftOf(rules));
  const [errors, setErrors] = useState<Problem["errors"]>([]);
  const [said, setSaid] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const changes = changesOf(draft);
    setErrors([]);
    if (Object.keys(changes).length === 0) return setSaid([WORDS.same]);
    setBusy(true);
    try {
      const saved = await api.setRules(changes);
      setDraft(draftOf(saved.rules));
      setSaid([WORDS.saved, ...saved.warnings]);
      await client.invalidateQueries({ queryKey: ["rules"] });
    } catch (error) {
      const faults = error instanceof Problem ? error.errors : [];
      setErrors(faults);
      setSaid([faults.length === 0 ? (error as Error).message : WORDS.wrong]);
    }
    setBusy(false);
  };
  const input = (value: string, change: (value: string) => void) => (said: Said) => (
    <input {...said} value={value} autoComplete="off" onChange={(event) => change(event.target.value)} />
  );
  return (
    <form onSubmit={(event) => void save(event)}>
      <h3>{WORDS.own}</h3>
      {mayLoosen ? null : <p className="note">{WORDS.stricter}</p>}
      <Field label={WORDS.quiet} how={WORDS.quietHow} fault={faultOf(errors, "quietHours")}>
        {input(draft.quiet, (quiet) => setDraft({ ...draft, quiet }))}
      </Field>
      <label className="tick">
        <input
          type="checkbox"
          checked={draft.email}
          onChange={(event) => setDraft({ ...draft, email: event.target.checked })}
        />
        {WORDS.email}
      </label>
      <fieldset>
        <legend>{WORDS.caps}</legend>
        <p className="note">{WORDS.capsHow}</p>
        {CHANNELS.map((channel) => (
          <Field key={channel} label={CHANNEL_NAMES[channel]} fault={faultOf(errors, `caps.${channel}`)}>
            {input(draft.caps[channel], (rate) => setDraft({ ...draft, caps: { ...draft.caps, [channel]: rate } }))}
          </Field>
        ))}
      </fieldset>
      {mayLoosen ? (
        <Field label={WORDS.pack} how={WORDS.packHow} fault={faultOf(errors, "pack")}>
          {(said) => (
            <select
              {...said}
              className="select"
              value={draft.pack}
              onChange={(event) => setDraft({ ...draft, pack: event.target.value as Draft["pack"] })}
            >
              {Object.entries(PACKS).map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      <div role="status">
        {said.map((line) => (
          <p key={line} className="note">
            {line}
          </p>
        ))}
      </div>
      <button type="submit" className="button" disabled={busy}>
        {WORDS.save}
      </button>
    </form>
  );
}
