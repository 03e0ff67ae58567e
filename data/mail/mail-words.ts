const NAME_SHOWN = 60;
/** As long as the API lets a reason be. */
const REASON_SHOWN = 500;

/** A name that somebody else chose: see {@link shownText}; not long. */
export const shownName = (name: string): string => shownText(name, NAME_SHOWN);
/** Why somebody decided so, whole. */
export const shownReason = (reason: string): string => shownText(reason, REASON_SHOWN);

/** A text that somebody else chose: one line, and no address that a mail program would make a link of. */
function shownText(text: string, longest: number): string {
  const line = text
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/:\/\/|(?<=\w)\.(?=\w)|@/g, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** `25 November 2026, 18:40 UTC`. */
export function shownTime(time: string | undefined): string {
  if (time === undefined) return 'an unknown time';
  const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(time));
  return `${words.replace(' at ', ', ')} UTC`;
}

/**
 * `https api[.]example[.]com:443`: an address that somebody else chose, which no mail program makes a link
 * of.
 */
export function shownAddress(destination: string): string {
  return destination.replace('://', ' ').replaceAll('.', '[.]');
}
