const ESC = String.fromCodePoint(0x1b);
const BEL = String.fromCodePoint(0x07);

/** Commands to a terminal: colours and cursor movements, titles and links, and the short ones. */
const COMMANDS = new RegExp(
  `${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[\\]PX^_][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|${ESC}[ -/]*[0-~]?`,
  'g',
);
const INVISIBLE = /(?!\t)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A line that a program printed, as text that does nothing wherever it is shown: commands to terminals, control
 * characters but the tab, and what turns the direction of writing are taken out. Of a line that overwrote itself (a
 * progress bar) the last state is left.
 */
export function safeLine(line: string): string {
  const states = line.split('\r').map((state) => state.replace(COMMANDS, '').replace(INVISIBLE, ''));
  return states.findLast((state) => state.trim() !== '') ?? '';
}
