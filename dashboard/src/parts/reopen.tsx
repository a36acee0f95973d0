// A number or address that refusals or bounces have closed: a manager who knows that it is good says so.

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useHouse } from "../data.tsx";
import { WORDS } from "../words.ts";

export function Reopen({ lead, family }: { lead: string; family: "phone" | "email" }) {
  const { api, session } = useHouse();
  const client = useQueryClient();
  const [said, setSaid] = useState<string>();
  if (session.role !== "manager" && session.role !== "owner") return null;
  const reopen = async () => {
    setSaid(WORDS.settling);
    const refused = await api.reopen(lead, family).then(
      () => undefined,
      (error: Error) => error.message,
    );
    setSaid(refused === undefined ? WORDS.judged : WORDS.refused(refused));
    await client.invalidateQueries({ queryKey: ["lead", api.location, lead] });
  };
  return said === undefined ? (
    <button type="button" className="button" onClick={() => void reopen()}>
      {WORDS.reopen}
    </button>
  ) : (
    <span className="note" role="status">
      {said}
    </span>
  );
}
