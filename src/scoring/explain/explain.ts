// Why a model says what it says of one row: a base and a contribution per column, which add up to its raw log-odds.
// Path-dependent: what is not known of a row is weighed by the training rows that went each way, so nothing but the
// model is needed. Credit can pass between columns that go together; `against.ts` is the form that keeps them apart.
// A contribution says what the model makes of a column. It is not a cause.

import { oncePer } from "../../kernel/once.ts";
import type { LinearTerm, Model } from "../learn/model.ts";
import { additive, type Explain } from "./additive.ts";
import { paths, scratchFor } from "./paths.ts";
import { tell } from "./ways.ts";

export function explainer(model: Model): Explain {
  return additive(model, {
    boosted({ base, trees }, weight) {
      const ready = trees.map(paths);
      const scratch = scratchFor(ready);
      return {
        base: weight * ready.reduce((sum, { mean }) => sum + mean, base),
        add(row, into) {
          tell(row, scratch.cells);
          for (const tree of ready) tree.explain(weight, into, scratch);
        },
      };
    },
    mean,
  });
}

/** The same, made ready once: models do not change, and it takes a while. */
export const explainerOf = oncePer(explainer);

/** Over the training rows. A number's own part is 0 there: it is held against its mean, and is the mean where missing. */
function mean(term: LinearTerm): number {
  if (term.kind === "number") return term.missing * term.missingShare;
  const adds = [...term.levels, term.missing];
  return adds.reduce((sum, add, place) => sum + add * (term.shares[place] ?? 0), 0);
}
