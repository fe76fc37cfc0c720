/** The end of a task's log. */
export interface Tail {
  /** Log group and stream: `/rouse/arcade/report report/report/0123…`. */
  readonly where: string;
  readonly lines: readonly string[];
}

/** What of a log goes into a notice: chats have less room than mails. */
export const noticeLines = ({ lines }: Pick<Tail, "lines">): { log?: readonly string[] } => (lines.length === 0 ? {} : { log: lines.slice(-10) });

/** For a mail: an empty line, and the lines, each moved in. */
export const lastLines = ({ lines }: Pick<Tail, "lines">): string[] =>
  lines.length === 0 ? [] : ["", "The end of its log:", ...lines.map((line) => `  ${line}`)];
