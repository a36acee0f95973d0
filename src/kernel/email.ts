// One e-mail address is one key, however it was typed.

/** How an e-mail address is looked up. */
export const emailKey = (email: string): string => email.normalize("NFC").trim().toLowerCase();
