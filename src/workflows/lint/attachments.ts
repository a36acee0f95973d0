// Files that e-mails bring along and nobody has put beside the workflows: such a message could never be sent.

import type { Check, Finding } from "./finding.ts";

export const checkAttachments: Check = ({ content, around: { hasFile } }) => {
  if (hasFile === undefined) return [];
  return Object.values(content.templates).flatMap(({ id, email }) =>
    (email?.attach ?? [])
      .filter((name) => !/^https:/i.test(name) && !hasFile(name))
      .map(
        (word): Finding => ({
          code: "no-file",
          severity: "warning",
          spot: { section: "templates", id, keys: ["email", "attach"], word },
          message: `there is no file "${word}" beside the workflows: the e-mail could not be sent. Put it there, or name an https address.`,
        }),
      ),
  );
};
