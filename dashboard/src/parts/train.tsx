// A training with a choice: what the chance is to foretell, which is an owner's, and groups to judge fairness by.

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { type Aim, APPOINTMENT } from "../../../src/kernel/aim.ts";
import { TRAIN_LIMIT } from "../../../src/scoring/lifecycle/bounds.ts";
import type { Problem } from "../api.ts";
import { useHouse } from "../data.tsx";
import type { Kind } from "../models.ts";
import { faultOf } from "../rules.ts";
import {
  type Choice,
  changeOf,
  choiceOf,
  chosenAnew,
  DAYS_HOW,
  faultsIn,
  needsOf,
  TOO_LARGE,
  wonOf,
} from "../training.ts";
import { WORDS as SHARED } from "../words.ts";
import { Field } from "./field.tsx";

/** Beside the page's own words, so that they come with the page and not with the first load. */
const WORDS = {
  foretells: "What the chance foretells",
  outcomes: { appointment: "An appointment", won: "A deal won" } satisfies Record<Aim["outcome"], string>,
  days: "Within how many days",
  groups: "Groups, to judge fairness by",
  groupsHow: "A CSV file with the columns contact and group. It is read for this training and kept nowhere.",
  train: "Train",
  change: "Change it and train",
  not: "Nothing was changed, and no training has begun.",
};

/** @param begun is told the id under which the training stands in the list */
export function TrainForm({
  kind,
  foretells,
  close,
  begun,
}: {
  kind: Kind;
  foretells: Aim;
  close: () => void;
  begun: (id: string) => void;
}) {
  const { api, session } = useHouse();
  const client = useQueryClient();
  const [opened] = useState(foretells); // what somebody else chooses meanwhile is no change of this person's
  const [choice, setChoice] = useState<Choice>(() => choiceOf(opened));
  const [errors, setErrors] = useState<Problem["errors"]>([]);
  const [said, setSaid] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const mayChoose = kind === "chance" && session.role === "owner";
  const change = mayChoose ? chosenAnew(opened, choice) : undefined;
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setErrors([]);
    setSaid([]);
    const file = new FormData(event.currentTarget).get("groups");
    const brought = file instanceof File && file.name !== "" ? file : undefined;
    if (brought !== undefined && brought.size > TRAIN_LIMIT) {
      setErrors([{ field: "groups", detail: TOO_LARGE }]);
      return setSaid([WORDS.not]);
    }
    setBusy(true);
    try {
      const training = await api.train({ kind, groups: await brought?.text(), foretells: change });
      await client.invalidateQueries({ queryKey: ["models", api.location] });
      return begun(training.id);
    } catch (error) {
      const faults = faultsIn(error as Error);
      setErrors(faults);
      setSaid([WORDS.not, ...(faults.length === 0 ? [SHARED.refused((error as Error).message)] : [])]);
    }
    setBusy(false);
    await client.invalidateQueries({ queryKey: ["models", api.location] });
  };
  return (
    <div className="pad connect">
      <form noValidate onSubmit={(event) => void send(event)}>
        {mayChoose ? (
          <fieldset>
            <legend>{WORDS.foretells}</legend>
            {[APPOINTMENT, wonOf(choice)].map((one) => (
              <Outcome
                key={one.outcome}
                aim={one}
                checked={choice.outcome === one.outcome}
                choose={() => setChoice({ ...choice, outcome: one.outcome })}
              />
            ))}
            {choice.outcome === "won" ? (
              <Field label={WORDS.days} how={DAYS_HOW} fault={faultOf(errors, "foretells.days")}>
                {(about) => (
                  <input
                    {...about}
                    type="number"
                    value={choice.days}
                    onChange={(event) => setChoice({ ...choice, days: event.target.value })}
                  />
                )}
              </Field>
            ) : null}
            <div role="status">
              {change === undefined ? null : changeOf(foretells, change).map((line) => <p key={line}>{line}</p>)}
            </div>
          </fieldset>
        ) : null}
        <Field label={WORDS.groups} how={WORDS.groupsHow} fault={faultOf(errors, "groups")}>
          {(about) => <input {...about} type="file" name="groups" accept=".csv,text/csv" />}
        </Field>
        <div role="alert">
          {said.map((line) => (
            <p key={line} className="note">
              {line}
            </p>
          ))}
        </div>
        <div className="flow-acts">
          <button type="button" className="button" disabled={busy} onClick={close}>
            {SHARED.keep}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {change === undefined ? WORDS.train : WORDS.change}
          </button>
        </div>
      </form>
    </div>
  );
}

function Outcome({ aim, checked, choose }: { aim: Aim; checked: boolean; choose: () => void }) {
  const id = useId();
  return (
    <div>
      <label className="tick">
        <input type="radio" name="outcome" checked={checked} aria-describedby={id} onChange={choose} />
        {WORDS.outcomes[aim.outcome]}
      </label>
      <p id={id} className="note">
        {needsOf(aim)}
      </p>
    </div>
  );
}
