// Settings: are we connected? Each team with how it stands, and what a person can do about it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Connection } from "../../../src/tenancy/index.ts";
import { connections } from "../api.ts";
import { expiryOf, expiryTitle, missingOf, reasonOf, sinceOf, standingOf } from "../connections.ts";
import { useHouse } from "../data.tsx";
import { Glyph } from "../parts/marks.tsx";
import { RulesCard } from "../parts/rules.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";

export function SettingsPage() {
  const { session } = useHouse();
  return (
    <>
      <Head title={WORDS.settings} />
      <div className="page">
        <ConnectionsCard mayConnect={session.role === "owner"} />
        <RulesCard />
      </div>
    </>
  );
}

/** Also shown alone, while there is no team yet. */
export function ConnectionsCard({ mayConnect }: { mayConnect: boolean }) {
  const query = useQuery({ queryKey: ["connections"], queryFn: connections.read, refetchInterval: 5_000 });
  const known = query.data;
  // real time: a key ends by the clock on the wall, whatever the town's says
  const now = Date.now();
  return (
    <section className="card" aria-labelledby="connection">
      <header className="card-head">
        <h2 id="connection">{WORDS.connection}</h2>
      </header>
      {known === undefined ? (
        query.error ? (
          <Failed what="the connections" error={query.error} again={() => void query.refetch()} />
        ) : (
          <Bones rows={3} height={72} />
        )
      ) : known.items.length === 0 ? (
        <Empty>{WORDS.noConnection}</Empty>
      ) : (
        <ul>
          {known.items.map((item) => (
            <Team key={item.location} item={item} now={now} mayConnect={mayConnect} app={known.app} />
          ))}
        </ul>
      )}
      {mayConnect && known !== undefined ? <Connect app={known.app} /> : null}
    </section>
  );
}

function Team({ item, now, mayConnect, app }: { item: Connection; now: number; mayConnect: boolean; app: boolean }) {
  const [parted, setParted] = useState<string>();
  const { mark, word } = standingOf(item);
  const lines = [reasonOf(item), missingOf(item)].filter((line) => line !== undefined);
  const again = mayConnect && app && (item.status === "reconnect" || item.missingScopes.length > 0);
  return (
    <li className="row flow">
      <Glyph status={mark} />
      <div className="row-text">
        <h3>{item.name}</h3>
        <p className="note">
          {word} {sinceOf(item, now)} · {item.timeZone}
        </p>
        {lines.map((line) => (
          <p key={line} className="note bad">
            {line}
          </p>
        ))}
        <p className="note" title={expiryTitle(item)}>
          {expiryOf(item, now)}
        </p>
        {/* what the CRM made of it, as long as the page is open */}
        <p role="status" className="note">
          {item.status === "disconnected" ? parted : undefined}
        </p>
      </div>
      {again ? (
        <a className="button primary" href="/oauth/install">
          {WORDS.connectAgain}
        </a>
      ) : null}
      {mayConnect && item.status !== "disconnected" ? <Disconnect item={item} parted={setParted} /> : null}
    </li>
  );
}

/** Asks once more: what it ends is begun again by hand alone. */
function Disconnect({ item, parted }: { item: Connection; parted: (says: string) => void }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [said, setSaid] = useState<string>();
  const disconnect = async () => {
    setSaid(
      await connections.disconnect(item.location).then(
        ({ says }) => {
          parted(says);
          return undefined;
        },
        (error: Error) => WORDS.refused(error.message),
      ),
    );
    setAsked(false);
    await client.invalidateQueries({ queryKey: ["connections"] });
  };
  if (!asked)
    return (
      <>
        <button
          type="button"
          className="button"
          aria-label={WORDS.disconnectNamed(item.name)}
          onClick={() => setAsked(true)}
        >
          {WORDS.disconnect}
        </button>
        {said === undefined ? null : (
          <p role="alert" className="note bad">
            {said}
          </p>
        )}
      </>
    );
  return (
    <>
      <p className="note">{WORDS.disconnectSure}</p>
      <button type="button" className="button" onClick={() => void disconnect()}>
        {WORDS.disconnectYes}
      </button>
      {/* biome-ignore lint/a11y/noAutofocus: the button that was pressed is gone, and the keyboard with it */}
      <button type="button" className="button" autoFocus onClick={() => setAsked(false)}>
        {WORDS.keepConnected}
      </button>
    </>
  );
}

function Connect({ app }: { app: boolean }) {
  const client = useQueryClient();
  const [location, setLocation] = useState("");
  const [token, setToken] = useState("");
  const [said, setSaid] = useState<string>();
  const [busy, setBusy] = useState(false);
  const connect = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const refused = await connections.integrate(location.trim(), token.trim()).then(
      () => undefined,
      (error: Error) => error.message,
    );
    setBusy(false);
    setSaid(refused === undefined ? WORDS.connected : WORDS.refused(refused));
    if (refused !== undefined) return;
    setToken("");
    await client.invalidateQueries({ queryKey: ["connections"] });
  };
  return (
    <div className="pad connect">
      {app ? (
        <p>
          <a className="button primary" href="/oauth/install">
            {WORDS.connect}
          </a>
        </p>
      ) : null}
      <form onSubmit={(event) => void connect(event)}>
        <h3>{WORDS.byIntegration}</h3>
        <p className="note">{WORDS.integrationHow}</p>
        <label>
          {WORDS.accountId}
          <input value={location} autoComplete="off" onChange={(event) => setLocation(event.target.value)} />
        </label>
        <label>
          {WORDS.token}
          <input type="password" value={token} autoComplete="off" onChange={(event) => setToken(event.target.value)} />
        </label>
        <p role="status" className="note">
          {said}
        </p>
        <button type="submit" className="button" disabled={busy || location.trim() === "" || token.trim() === ""}>
          {WORDS.connect}
        </button>
      </form>
    </div>
  );
}
