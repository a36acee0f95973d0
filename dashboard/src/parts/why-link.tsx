// The way from a row to why it is so: opens the decision beside the page.

import { Link } from "@tanstack/react-router";
import { asking } from "../search.ts";
import { WORDS } from "../words.ts";

interface Way {
  readonly decision: string | undefined;
  /** What the row says, for who hears the page. */
  readonly about: string;
  /** The whole row leads there. */
  readonly stretched?: boolean;
  /** Enter on the row opens it, too. */
  readonly opens?: boolean;
  readonly tabIndex?: number;
}

export function WhyLink({ decision, about, stretched = false, opens = false, tabIndex }: Way) {
  if (decision === undefined) return null;
  return (
    <Link
      to="."
      search={asking(decision)}
      className={stretched ? "why-link stretched" : "why-link"}
      {...(opens ? { "data-open": "" } : {})}
      data-why=""
      {...(tabIndex === undefined ? {} : { tabIndex })}
      resetScroll={false}
      aria-label={`${WORDS.why}: ${about}`}
    >
      {WORDS.why}
    </Link>
  );
}
