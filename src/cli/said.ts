// What a command answers: a text for people, or a document for programs.

export interface Said {
  readonly text: string;
  /** 0 good, 1 the answer is no, 2 it could not be asked. */
  readonly exit: 0 | 1 | 2;
}

/** What every command is asked with. */
export interface Where {
  readonly json: boolean;
  readonly location: string | undefined;
}

export const said = (json: boolean, document: object, text: string, exit: Said["exit"] = 0): Said => ({
  text: json ? JSON.stringify(document) : text,
  exit,
});
