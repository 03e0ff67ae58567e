/**
 * The form of every token that Holdfast makes: `holdfast_<kind>_`, then letters and digits, the last six of
 * which are a CRC-32 of all that stands before them. So a scanner for leaked secrets finds one without
 * guessing, and a token with a slip in it is refused before anybody is asked. The checksum is no protection:
 * only 256 random bits are.
 */

/** What a token is for. `access` also holds the id of its organization. */
export const TOKEN_KINDS = ['access', 'account', 'device', 'document', 'setup', 'upload'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** For scanners of leaked secrets: finds every token in a text. */
export const TOKEN_PATTERN = /\bholdfast_(?:access_[0-9A-Za-z]{71}|(?:account|device|document|setup|upload)_[0-9A-Za-z]{49})\b/g;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 characters of 62 hold 256 bits. */
const RANDOM_CHARACTERS = 43;
/** 22 characters of 62 hold a UUID. */
const ID_CHARACTERS = 22;
const CHECKSUM_CHARACTERS = 6;
const SHAPE = new RegExp(`^${TOKEN_PATTERN.source}$`);

/** A token of 256 random bits. Show it once and keep its hash. */
export function newToken(kind: Exclude<TokenKind, 'access'>): string {
  return withChecksum(`holdfast_${kind}_${randomText()}`);
}

/** A token that acts in one organization, whose id a client can read out of it. */
export function newAccessToken(organizationId: string): string {
  return withChecksum(`holdfast_access_${idToText(organizationId)}${randomText()}`);
}

/**
 * Whether a text has the form and the checksum of a token of this kind. Says nothing about whether the token
 * is valid.
 */
export function isToken(kind: TokenKind, text: string): boolean {
  return text.startsWith(`holdfast_${kind}_`) && SHAPE.test(text) && withChecksum(text.slice(0, -CHECKSUM_CHARACTERS)) === text;
}

/** The organization that an access token was made for; `undefined` when the text is no access token. */
export function organizationOfToken(token: string): string | undefined {
  if (!isToken('access', token)) return undefined;
  const start = 'holdfast_access_'.length;
  return textToId(token.slice(start, start + ID_CHARACTERS));
}

function randomText(): string {
  let text = '';
  while (text.length < RANDOM_CHARACTERS) {
    // Bytes from 248 on would make the first letters likelier than the others.
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) if (byte < 248) text += ALPHABET.charAt(byte % 62);
  }
  return text.slice(0, RANDOM_CHARACTERS);
}

function withChecksum(text: string): string {
  return text + inBase62(BigInt(crc32(text)), CHECKSUM_CHARACTERS);
}

function idToText(id: string): string {
  return inBase62(BigInt(`0x${id.replaceAll('-', '')}`), ID_CHARACTERS);
}

function textToId(text: string): string | undefined {
  const number = [...text].reduce((sum, character) => sum * 62n + BigInt(ALPHABET.indexOf(character)), 0n);
  if (number >= 1n << 128n) return undefined;
  return number
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function inBase62(number: bigint, characters: number): string {
  let text = '';
  for (let rest = number; text.length < characters; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text;
}

/** CRC-32 as in zlib (ISO 3309); this module runs in browsers too, which have none. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
