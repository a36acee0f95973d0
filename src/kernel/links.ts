// What a location's links may be called: `link.booking`, `link.form.buyer_survey`. Whoever sets one and whoever names one
// in a text go by this.

/** What follows the dot is a form's own name, which others chose. */
const NAME = /^[a-z][a-z0-9_]{0,63}(\.[A-Za-z0-9_-]{1,64})?$/;

/** Without `link.`. */
export const isLinkName = (name: string): boolean => NAME.test(name) && name !== "form";

/** That of the form a lead began last: it hangs on the lead, and nobody sets it. */
export const LAST_FORM_LINK = "form.last";

/** Those that most locations have. */
export const USUAL_LINKS: readonly string[] = ["booking", "listings"];
