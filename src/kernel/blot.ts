// Numbers and e-mail addresses taken out of words that are shown where nobody's right to see them was asked.

const DATE = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d)/;

/** @param digits what has fewer is no number of a person's. Default 10. */
export const blot = (text: string, digits = 10): string =>
  text
    .replace(/[^\s"'<>]+(?:@|%40)[^\s"'<>]+/gi, "(address)")
    .replace(/\+?\p{Nd}[\p{Nd}().\s\p{Pd}/•·]{5,}\p{Nd}/gu, (found) =>
      !DATE.test(found) && found.replace(/\P{Nd}/gu, "").length >= digits ? "(number)" : found,
    );
