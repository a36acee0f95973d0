/** The CRM does not say whether somebody may be written to. */
export const UNREAD = "dnd.unread";
