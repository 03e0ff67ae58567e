/** What stands in place of a value that would have been logged. */
export const REDACTED = '[redacted]';
/** Shorter values are not searched for: they would take innocent text with them. */
const SHORTEST_SEARCHED = 8;

export interface Scrubber {
  readonly protect: (value: string) => () => void;
  readonly scrub: (text: string) => string;
}

/** Removes values that are live in this process from text, in every form in which they usually leak. */
export function createScrubber(): Scrubber {
  /** Each live value's forms, with how many holders protect it. */
  const live = new Map<string, { forms: string[]; holders: number }>();
  return {
    protect(value) {
      if (value.length < SHORTEST_SEARCHED) return () => {};
      const entry = live.get(value) ?? { forms: leakingForms(value), holders: 0 };
      entry.holders += 1;
      live.set(value, entry);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        entry.holders -= 1;
        if (entry.holders === 0) live.delete(value);
      };
    },
    scrub(text) {
      let clean = text;
      for (const { forms } of live.values()) for (const form of forms) clean = clean.replaceAll(form, REDACTED);
      return clean;
    },
  };
}

/** Raw, JSON-escaped (once and twice: a message inside a JSON line), base64, base64url, hex and URL forms; longest first. */
function leakingForms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const escaped = JSON.stringify(value).slice(1, -1);
  const forms = [
    value,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(value.toWellFormed()),
    new URLSearchParams([['', value]]).toString().slice(1),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
