import { checkValue } from '@holdfast/envelope';
import { CREDENTIAL_FORMATS, type CredentialFormat, type CredentialKind } from './credential-formats.ts';

export type { CredentialKind } from './credential-formats.ts';

/** A credential that stands in a text which is not sealed. */
export interface FoundCredential {
  readonly kind: CredentialKind;
  /** As it stands in “This looks like …”: `a password in a URL`. It never holds a part of the text. */
  readonly words: string;
  /** Where the secret part stands in the text, in UTF-16 units; `end` is behind it. */
  readonly start: number;
  readonly end: number;
  /** The user beside a password in a URL, as it is written there. */
  readonly user?: string;
}

const FORMATS = Object.entries(CREDENTIAL_FORMATS) as [CredentialKind, CredentialFormat][];

/**
 * The first credential of a known form in a text, such as a password in a URL or a token of GitHub;
 * `undefined` when none is recognized, which does not mean that none is there. What stands for a credential
 * (`<password>`, `****`, `${secret.NAME}`) is none.
 *
 * @example credentialIn('https://ada:correct-horse@example.com')?.words // 'a password in a URL'
 */
export function credentialIn(text: string): FoundCredential | undefined {
  for (const [kind, { words, pattern, through, beside }] of FORMATS) {
    if (beside !== undefined && !beside.test(text)) continue;
    const all = new RegExp(pattern, `${pattern.flags}gd`);
    for (let match = all.exec(text); match !== null; match = all.exec(text)) {
      // What begins within a credential is not looked at: a text of beginnings alone is gone through once.
      if (through !== undefined) all.lastIndex = endOf(through, text, all.lastIndex);
      const group = match.groups?.secret === undefined ? (match.groups?.also === undefined ? undefined : 'also') : 'secret';
      const [start, end] = (group === undefined ? [match.index, all.lastIndex] : match.indices?.groups?.[group]) ?? [0, 0];
      if (standsForAnother(text.slice(start, end))) continue;
      const user = match.groups?.user;
      return { kind, words, start, end, ...(user === undefined ? {} : { user }) };
    }
  }
  return undefined;
}

/** Behind the first place from an index on that the pattern matches; the end of the text without one. */
function endOf(pattern: RegExp, text: string, from: number): number {
  const next = new RegExp(pattern, `${pattern.flags}g`);
  next.lastIndex = from;
  return next.test(text) ? next.lastIndex : text.length;
}

const NAMES_OF_SECRETS = /^["']?(?:(?:my|the|your|db)?[-_ ]?(?:pass(?:word|wd|phrase)?|pwd|pw|secret|token|key)|hidden|none|null)["']?$/i;

function standsForAnother(secret: string): boolean {
  if (NAMES_OF_SECRETS.test(secret) || /EXAMPLE/.test(secret)) return true;
  // `{password}`, `<key>`, `${TOKEN}`, `%PASSWORD%`
  if (/^(?:\$?\{.*\}|<.*>|\[.*\]|%[A-Za-z_]+%|\$[A-Za-z_]+)$/.test(secret)) return true;
  return checkValue(secret).some(({ code }) => code === 'mask' || code === 'placeholder');
}
