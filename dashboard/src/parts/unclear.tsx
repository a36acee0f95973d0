// Words that may have asked us to stop: a person says what they meant, and is asked once more before it counts.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { LeadView } from "../../../src/insights/index.ts";
import { useHouse, useNow, useTaking } from "../data.tsx";
import { moment } from "../format.ts";
import { WORDS } from "../words.ts";

type Words = NonNullable<LeadView["unclear"]>[number];
type As = "opted_out" | "go_on";
const ANSWERS: readonly As[] = ["opted_out", "go_on"];

export function Unclear({ lead, words: { family, since, words, seen } }: { lead: string; words: Words }) {
  const { api, session } = useHouse();
  const client = useQueryClient();
  const now = useNow();
  const [asking, setAsking] = useState<As>();
  const [busy, setBusy] = useState(false);
  const [judged, setJudged] = useState(false);
  const [late, setLate] = useState(false);
  const [refused, setRefused] = useState<string>();
  const box = useRef<HTMLFieldSetElement>(null);
  const was = useRef<As>(undefined);
  // asked: the reader stands on the harmless answer; answered: back at the buttons
  useEffect(() => {
    if (asking !== was.current) box.current?.querySelector<HTMLElement>("[data-stand]")?.focus();
    was.current = asking;
  }, [asking]);
  useTaking(lead, judged && !late, () => setLate(true));
  const say = async (as: As) => {
    setBusy(true);
    const problem = await api.judge(lead, { family, as, seen }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    setBusy(false);
    setRefused(problem);
    setJudged(problem === undefined);
    setAsking(undefined);
    await client.invalidateQueries({ queryKey: ["attention", api.location] });
  };
  const question = WORDS.unclear(words, moment(Date.parse(since), now), WORDS.unclearTo[family]);
  return (
    <div className="unclear">
      <p>
        <bdi>{question}</bdi>
      </p>
      <p className="note" role="status">
        {judged ? (late ? WORDS.judgedLate : WORDS.judged) : refused === undefined ? null : WORDS.refused(refused)}
      </p>
      {judged || session.role === "viewer" ? null : (
        <fieldset
          ref={box}
          aria-label={asking === undefined ? question : WORDS.judgeAsk[asking]}
          onKeyDown={(event) => event.key === "Escape" && setAsking(undefined)}
        >
          {asking === undefined ? (
            ANSWERS.map((as, at) => (
              <button
                key={as}
                type="button"
                className="button"
                data-stand={at === 0 ? "" : undefined}
                onClick={() => setAsking(as)}
              >
                {WORDS.judge[as]}
              </button>
            ))
          ) : (
            <>
              <p>{WORDS.judgeAsk[asking]}</p>
              <button
                type="button"
                className="button"
                data-stand=""
                disabled={busy}
                onClick={() => setAsking(undefined)}
              >
                {WORDS.keep}
              </button>
              <button type="button" className="button primary" disabled={busy} onClick={() => void say(asking)}>
                {WORDS.judgeYes[asking]}
              </button>
            </>
          )}
        </fieldset>
      )}
    </div>
  );
}
