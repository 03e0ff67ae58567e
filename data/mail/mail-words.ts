const NAME_SHOWN = 60;

/**
 * A text that somebody else chose: one line, not long, and no address that a mail program would make a link
 * of.
 */
export function shownName(name: string): string {
  const line = name
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/:\/\/|(?<=\w)\.(?=\w)|@/g, ' ')
    .trim();
  return line.length > NAME_SHOWN ? `${line.slice(0, NAME_SHOWN - 1)}…` : line;
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
