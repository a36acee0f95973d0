// Why: a decision in one sentence, then the chain that proves it. Opens over any page, from `?why=`.

import * as Dialog from "@radix-ui/react-dialog";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { decisionText } from "../../../src/insights/decision-text.ts";
import type { DecisionView, LinkView, VerdictView } from "../../../src/insights/index.ts";
import { useHouse, useNow } from "../data.tsx";
import { fileName, full, length, moment } from "../format.ts";
import { asking } from "../search.ts";
import { strengthOf, WORDS } from "../words.ts";
import { Glyph, Icon } from "./marks.tsx";
import { Bones, Failed } from "./states.tsx";

const VERDICTS: Readonly<Record<string, string>> = {
  accepted: "Sent",
  delivered: "Delivered",
  queued: "About to go",
  sending: "Going out",
  held: "Held",
  blocked: "Not sent",
  expired: "Not sent",
  withdrawn: "Withdrawn",
  failed: "Failed",
  unconfirmed: "Unconfirmed",
  undecided: "Unconfirmed",
  shadow: "Rehearsed",
  enrolled: "Entered",
  not_enrolled: "Did not enter",
  fired: "Fired",
  not_fired: "Not yet",
  branch: "Branch",
  waiting: "Waiting",
  ended: "Ended",
  done: "Done",
};

export function Why({ decision, onClose }: { decision: string; onClose: () => void }) {
  const { api } = useHouse();
  const query = useQuery({ queryKey: ["decision", api.location, decision], queryFn: () => api.decision(decision) });
  const title = useRef<HTMLHeadingElement>(null);
  // the panel has no one trigger: whatever had the focus gets it back
  const [before] = useState(() => document.activeElement);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <div className="scrim" aria-hidden="true" />
        <Dialog.Content
          className="why"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            title.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (before instanceof HTMLElement) before.focus({ preventScroll: true });
          }}
        >
          <Dialog.Close className="icon-button why-close" aria-label={WORDS.close}>
            <Icon name="close" />
          </Dialog.Close>
          {query.data === undefined ? null : <WhyHead decision={query.data} />}
          <Dialog.Title className="why-sentence" ref={title} tabIndex={-1}>
            <bdi>{query.data?.sentence ?? WORDS.why}</bdi>
          </Dialog.Title>
          {query.data !== undefined ? (
            <Chain decision={query.data} />
          ) : query.error ? (
            <Failed
              what="this decision"
              none={WORDS.noDecision}
              error={query.error}
              again={() => void query.refetch()}
            />
          ) : (
            <Bones rows={7} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function WhyHead({ decision }: { decision: DecisionView }) {
  const now = useNow();
  const at = Date.parse(decision.at);
  return (
    <header className="why-head">
      <span className={`chip chip-${decision.status}`}>
        <Glyph status={decision.status} />
        {VERDICTS[decision.verdict] ?? decision.verdict}
      </span>
      <span className="note tabular" title={full(at)}>
        <time dateTime={decision.at}>{moment(at, now)}</time> · decision {decision.short.slice(0, 4)}
      </span>
    </header>
  );
}

function Chain({ decision }: { decision: DecisionView }) {
  return (
    <>
      {decision.text === undefined ? null : (
        <figure className="said">
          {decision.text.subject === undefined ? null : <figcaption>{decision.text.subject}</figcaption>}
          <blockquote>
            <bdi>{decision.text.body}</bdi>
          </blockquote>
          <Attached files={decision.text.attached} />
        </figure>
      )}
      <ol className="chain">
        {decision.links.map((link, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain is written once and never reordered
          <ChainLink key={place} link={link} />
        ))}
      </ol>
      <Foot decision={decision} />
    </>
  );
}

function Attached({ files = [] }: { files?: readonly string[] | undefined }) {
  if (files.length === 0) return null;
  return (
    <ul className="note" aria-label={WORDS.attached}>
      {files.map((file) => (
        <li key={file}>
          {WORDS.attached}:{" "}
          <a href={file} target="_blank" rel="noreferrer">
            <bdi>{fileName(file)}</bdi>
          </a>
        </li>
      ))}
    </ul>
  );
}

function ChainLink({ link }: { link: LinkView }) {
  return (
    <li className="link">
      <span className="link-mark">
        <Glyph status={link.status} label="" />
      </span>
      <span className="link-label">{link.label}</span>
      <div className="link-body">
        <p className="link-line">
          <bdi>{link.line}</bdi>
        </p>
        {link.note === undefined ? null : (
          <p className="note">
            <bdi>{link.note}</bdi>
          </p>
        )}
        {link.kind === "score" ? <Reasons values={link.values} /> : null}
        {link.verdicts === undefined ? null : <Verdicts verdicts={link.verdicts} />}
      </div>
      {link.sinceEventMs === undefined ? null : (
        <span className="link-since tabular" title="since the event">
          +{length(link.sinceEventMs)}
        </span>
      )}
    </li>
  );
}

interface Reason {
  readonly text: string;
  readonly logOdds: number;
}

function reasonsOf(values: LinkView["values"]): readonly Reason[] {
  const list = values?.["reasons"];
  if (!Array.isArray(list)) return [];
  return list.filter(
    (one): one is { text: string; logOdds: number } =>
      typeof one === "object" && one !== null && typeof one.text === "string" && typeof one.logOdds === "number",
  );
}

const Reasons = ({ values }: { values: LinkView["values"] }) => <Bars reasons={reasonsOf(values)} />;

/** Which way each reason pushed, and how hard: a bar around zero and a word, never a bare number. */
export function Bars({ reasons }: { reasons: readonly Reason[] }) {
  if (reasons.length === 0) return null;
  const most = Math.max(1.5, ...reasons.map((one) => Math.abs(one.logOdds)));
  return (
    <ul className="bars">
      {reasons.map((one) => {
        const size = Math.abs(one.logOdds);
        return (
          <li key={one.text}>
            <bdi>{one.text}</bdi>
            <span className="bar" aria-hidden="true">
              <span className={one.logOdds < 0 ? "down" : "up"} style={{ width: `${(size / most) * 50}%` }} />
            </span>
            <span className="note">
              {one.logOdds < 0 ? <span className="hidden">against: </span> : null}
              {strengthOf(size)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** All are listed, because "checked and fine" is information. The second round only where it differed. */
function Verdicts({ verdicts }: { verdicts: readonly VerdictView[] }) {
  const again = verdicts.some((verdict) => verdict.round === "send");
  return (
    <ul className="verdicts">
      {verdicts.map((verdict) => (
        <li key={`${verdict.round} ${verdict.code} ${verdict.label}`} data-ok={verdict.ok}>
          <Glyph
            status={verdict.ok ? "done" : verdict.until === undefined ? "off" : "held"}
            label={verdict.ok ? "fine" : "in the way"}
          />
          <span className="verdict-label">{verdict.label}</span>
          <span>
            <bdi>{verdict.line}</bdi>
            {again && verdict.round === "send" ? <span className="note"> · just before sending</span> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Foot({ decision }: { decision: DecisionView }) {
  const { api } = useHouse();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(decisionText(decision));
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <footer className="why-foot">
      <button type="button" className="quiet" onClick={() => void copy()}>
        {copied ? WORDS.copied : WORDS.copy}
      </button>
      <a
        className="quiet"
        href={`/v1/locations/${api.location}/decisions/${decision.id}`}
        target="_blank"
        rel="noreferrer"
      >
        {WORDS.json}
      </a>
      <span className="grow" />
      {decision.supersedes === undefined ? null : (
        <Link to="." search={asking(decision.supersedes)} className="quiet">
          {WORDS.supersedes}
        </Link>
      )}
      {decision.supersededBy === undefined ? null : (
        <Link to="." search={asking(decision.supersededBy)} className="quiet">
          {WORDS.supersededBy}
        </Link>
      )}
    </footer>
  );
}
