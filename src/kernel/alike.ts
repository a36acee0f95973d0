// Names as people write them.

/** Whether two names are the same to a person: `call_new_buyer` is "Call new buyer". */
export const alike = (one: string, other: string): boolean => plain(one) === plain(other);

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();
