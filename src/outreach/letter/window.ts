// WhatsApp's two forms of one message: free text while the lead's window is open, and outside it a workflow of the CRM that
// sends a template WhatsApp has approved. The one that is to leave stands in the message, the other within it. Pure.

import type { ChannelName } from "../../leads/index.ts";
import type { Rendered, Verdict } from "../message.ts";

/** The check that lets the template go. */
export const BY_TEMPLATE = "window.template";

/** What a check must know of a WhatsApp message: the workflow's name, where it has one, and whether there is free text. */
export interface Forms {
  readonly template?: string;
  readonly free: boolean;
}

/** @param both whether the other form may be taken instead, as in the turn; at the moment of sending it may not */
export function formsOf(rendered: Rendered, both: boolean): Forms {
  const forms = [rendered, ...(both && rendered.other ? [rendered.other] : [])];
  const template = forms.find(({ workflow }) => workflow !== undefined)?.text;
  const free = forms.some(({ workflow }) => workflow === undefined);
  return { free, ...(template === undefined ? {} : { template }) };
}

/** The free text, with the template within it. */
export const withTemplate = (free: Rendered, template: Rendered): Rendered => ({ ...free, other: template });

/** The message in the form that its verdicts ask for. */
export function inForm(rendered: Rendered, channel: ChannelName, verdicts: readonly Verdict[]): Rendered {
  if (channel !== "whatsapp" || rendered.other === undefined) return rendered;
  const wanted = verdicts.some((one) => one.code === BY_TEMPLATE && one.channel === channel);
  if (wanted === (rendered.workflow !== undefined)) return rendered;
  const { other, ...own } = rendered;
  return { ...other, other: own };
}
