// What a letter says of its writer before any turn has read it: by these keys the sender sees that who is to be written to
// has spoken as another record of theirs. Pure.

import { emailKey } from "../kernel/email.ts";
import { isObject, type JsonObject, own } from "../kernel/json.ts";
import { normalizePhone, phoneKey } from "../kernel/phone.ts";

/** What would tell whose words these are: a number, an e-mail address, or either. */
export type Unplaced = "phone" | "email" | "any";

export interface Whose {
  /** As `phoneKey` and `emailKey` make them of what a lead's row says. */
  readonly phone?: string;
  readonly email?: string;
  /** Words that name neither: only the lead's record can. */
  readonly unplaced?: Unplaced;
}

/** Elsewhere (a page's chat, a social network) the writer's id is no number, even where it looks like one. */
const NUMBERED: ReadonlySet<string> = new Set(["sms", "whatsapp"]);

/** Of words the number or address they came from, of a contact those it has; nothing else is looked for. */
export function whoseIs({ type, data }: { readonly type: string; readonly data: JsonObject }): Whose {
  switch (type) {
    case "crm.contact": {
      const contact = own(data, "contact");
      return isObject(contact) ? { ...phoneIn(own(contact, "phone")), ...emailIn(own(contact, "email")) } : {};
    }
    case "message.received": {
      const channel = own(data, "channel");
      const isMail = channel === "email";
      if (typeof channel === "string" && !isMail && !NUMBERED.has(channel)) return { unplaced: "phone" };
      const from = isMail ? emailIn(own(data, "from")) : numberIn(own(data, "from"));
      return Object.keys(from).length > 0 ? from : { unplaced: isMail ? "email" : "phone" };
    }
    case "call.ended":
    case "crm.call":
      return typeof own(data, "transcript") === "string" ? { unplaced: "phone" } : {};
    case "form.submitted":
      return { unplaced: "any" };
    default:
      return {};
  }
}

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

function phoneIn(value: unknown): Pick<Whose, "phone"> {
  const phone = phoneKey(textIn(value));
  return phone === "" ? {} : { phone };
}

/** What is no number tells nothing of who wrote. */
function numberIn(value: unknown): Pick<Whose, "phone"> {
  const phone = normalizePhone(textIn(value));
  return phone === undefined ? {} : { phone };
}

function emailIn(value: unknown): Pick<Whose, "email"> {
  const email = emailKey(textIn(value));
  return email === "" ? {} : { email };
}
