// A field of a form, with how it is written and what was wrong with it below.

import { type ReactNode, useId } from "react";

/** What an input is told of the words that stand around it. */
export interface Said {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

export function Field({
  label,
  how,
  fault,
  children,
}: {
  label: string;
  how?: string;
  fault: string | undefined;
  children: (said: Said) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-how`, "aria-invalid": fault !== undefined })}
      <div id={`${id}-how`}>
        {how === undefined ? null : <p className="note">{how}</p>}
        {fault === undefined ? null : <p className="note bad">{fault}</p>}
      </div>
    </div>
  );
}
