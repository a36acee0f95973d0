import { type FormEvent, useState } from "react";
import { type Session, session } from "../api.ts";
import { Mark } from "../parts/marks.tsx";
import { WORDS } from "../words.ts";

export function SignIn({ refused, onOpen }: { refused: boolean; onOpen: (session: Session) => void }) {
  const [key, setKey] = useState("");
  const [wrong, setWrong] = useState(refused ? WORDS.usedLink : "");
  const [asked, setAsked] = useState(false);
  const open = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    try {
      onOpen(await session.open(key.trim()));
    } catch {
      setWrong(WORDS.wrongKey);
      setAsked(false);
    }
  };
  return (
    <main className="sign-in">
      <form className="card pad" onSubmit={(event) => void open(event)}>
        <Mark />
        <h1>{WORDS.signIn}</h1>
        <p className="note">{WORDS.signInHow}</p>
        <label>
          {WORDS.key}
          <input
            type="password"
            value={key}
            autoComplete="off"
            aria-invalid={wrong !== ""}
            aria-describedby="wrong"
            onChange={(event) => {
              setKey(event.target.value);
              setWrong("");
            }}
          />
        </label>
        <p id="wrong" className="wrong" role="status">
          {wrong}
        </p>
        <button type="submit" className="button primary" disabled={asked || key.trim() === ""}>
          {WORDS.signIn}
        </button>
      </form>
    </main>
  );
}
