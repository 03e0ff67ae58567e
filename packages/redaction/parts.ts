import { isDistinctive, isDistinctivePart, looksRandom } from './distinctive.ts';

/** A value of 64 KiB may have thousands of leaves; so many are looked for, those that come first. */
const MOST_PARTS = 256;
/** A key in JSON in base64 in a variable is three. */
const DEPTH = 4;
/**
 * A line of a value is looked for by itself when it has this many characters: the body of a key, not its
 * `-----BEGIN`.
 */
const SHORTEST_LINE_CHARACTERS = 16;

/** What settings, connection strings, queries and JSON call what must not be shown. */
const SECRET_NAME =
  /pass(?:wor[dt]|wd|phrase|code)|^pass$|^pw[dt]?$|pwd|secret|token|(?:^|[^a-z])keys?$|[a-z]keys?$|access|credential|signature|^sig$|^sas$|^auth$|authorization|cookie|session|hmac|dsn$|conn(?:ection)?[ _-]?str(?:ing)?$|private/i;
/** Among them what says which, where or how long. */
const NO_SECRET_NAME = /public|(?:name|type|ur[il]|endpoint|version|size|usage|expir\w{0,40}|ttl)$/i;
/** Identifiers stand in logs so that one can find things. */
const IDENTIFIER_NAME = /(?:^|[^a-z])ids?$|[a-z]Ids?$/;
const SESSION = /session/i;
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)(?:-----END [A-Z0-9 ]+-----|$)/g;
const PUBLIC_PEM = /PUBLIC|CERTIFICATE|PARAMETERS/;
const AUTHORIZATION = /^(?:authorization\s*:\s*)?(basic|bearer|token|apikey|api-key)\s+(\S+)$/i;
const URL_WITH_SCHEME = /^(?:jdbc:)?[a-z][a-z0-9+.-]*:\/\//i;
const COMMENT = /^(?:#|\/\/|;)/;

/**
 * What is secret in a value, the value itself first: without the white space around it, its longer lines,
 * the password and the token of a URL, keys and passwords of a connection string or of settings, leaves of
 * JSON, the body of a PEM, what stands behind `user:` or `Bearer`, and the same of what base64 holds. A part
 * that is short or common (a host, a user's name, an address, `type`) is no secret by itself.
 *
 * @returns at most 256, each of 8 characters or more; none for a value under 8 characters.
 */
export function secretParts(value: string): string[] {
  const parts = new Set<string>();
  if (isDistinctive(value)) parts.add(value);
  const trimmed = value.trim();
  if (isDistinctive(trimmed)) parts.add(trimmed);
  readStructure(trimmed, { parts, depth: DEPTH, credentials: true });
  return [...parts].slice(0, MOST_PARTS);
}

interface Reader {
  readonly parts: Set<string>;
  /** How much further what is inside of a part is read. */
  readonly depth: number;
  /**
   * Whether the text is secret as a whole: `name:text` is then a user and a password, else a host or a file.
   */
  readonly credentials: boolean;
}

/** A text that stands under a name. */
function readNamed(name: string, text: string, reader: Reader): void {
  if (text === '' || reader.depth <= 0 || reader.parts.size >= MOST_PARTS) return;
  if (IDENTIFIER_NAME.test(name) && !SESSION.test(name)) return;
  const secret = SESSION.test(name) || (SECRET_NAME.test(name) && !NO_SECRET_NAME.test(name));
  // Of an address only what is secret in it; its host stands in every line about it.
  if (!URL_WITH_SCHEME.test(text) && (secret ? isDistinctivePart(text) : looksRandom(text))) reader.parts.add(text);
  readStructure(text.trim(), { ...reader, depth: reader.depth - 1, credentials: secret });
}

function readStructure(text: string, reader: Reader): void {
  if (text.length < 8 || reader.depth <= 0) return;
  if (readJson(text, reader) || readAuthorization(text, reader) || readUrl(text, reader)) return;
  const rest = readPem(text, reader);
  if (readPairs(rest, reader)) return;
  readLines(rest, reader);
  if (reader.credentials) readUserAndPassword(rest, reader);
  readBase64(rest, reader);
}

function readJson(text: string, reader: Reader): boolean {
  if (!/^[[{"]/.test(text)) return false;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return false;
  }
  readLeaves(parsed, reader);
  return true;
}

/** In their order, however deep they are: a value may be 30,000 lists inside one another. */
function readLeaves(parsed: unknown, reader: Reader): void {
  const waiting: (readonly [name: string, value: unknown])[] = [['', parsed]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, value] = next;
    if (typeof value === 'string') readNamed(name, value, reader);
    else if (typeof value === 'number') readNamed(name, String(value), reader);
    else if (Array.isArray(value)) for (const each of value.toReversed()) waiting.push([name, each]);
    else if (typeof value === 'object' && value !== null) for (const entry of Object.entries(value).reverse()) waiting.push(entry);
  }
}

function readAuthorization(text: string, reader: Reader): boolean {
  const [, scheme = '', credentials = ''] = AUTHORIZATION.exec(text) ?? [];
  if (scheme === '') return false;
  if (isDistinctivePart(credentials)) reader.parts.add(credentials);
  if (scheme.toLowerCase() === 'basic') readBase64(credentials, reader);
  return true;
}

/** Also one that lists several hosts, or has a password that was not escaped, as database drivers take it. */
function readUrl(text: string, reader: Reader): boolean {
  const [, scheme = '', rest = ''] = /^(?:jdbc:)?([a-z][a-z0-9+.-]*):\/\/(\S+)$/i.exec(text) ?? [];
  if (scheme === '') return false;
  const [, authority = '', path = '', query = ''] = /^([^/?#]*)([^?#]*)(.*)$/.exec(rest) ?? [];
  readUserInfo(authority.slice(0, Math.max(0, authority.lastIndexOf('@'))), reader);
  // Of a database: a sign of a URL in the password, and the host behind the last `@`.
  const last = rest.lastIndexOf('@');
  if (!/^https?$/i.test(scheme) && last > authority.lastIndexOf('@')) readUserInfo(rest.slice(0, last), reader);
  for (const piece of [...path.split(/[/;]/), ...authority.split(';').slice(1), ...query.split(/[?&#;]/)]) {
    const equals = piece.indexOf('=');
    readSpellings(piece.slice(0, Math.max(0, equals)), piece.slice(equals + 1), reader);
  }
  return true;
}

function readUserInfo(userInfo: string, reader: Reader): void {
  const colon = userInfo.indexOf(':');
  if (colon >= 0) readSpellings('password', userInfo.slice(colon + 1), reader);
  // A token, as Git hosts take it.
  readSpellings('', userInfo.slice(0, colon < 0 ? undefined : colon), reader);
}

/** As it stands in a URL or a query, and what that means. */
function readSpellings(name: string, written: string, reader: Reader): void {
  readNamed(name, written, reader);
  const decoded = decodePercent(written);
  if (decoded !== written) readNamed(name, decoded, reader);
}

function decodePercent(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

/** @returns the text without them. */
function readPem(text: string, reader: Reader): string {
  return text.replace(PEM, (_, label: string, inside: string) => {
    if (PUBLIC_PEM.test(label)) return '';
    // What is encrypted has headers, as mail has.
    const lines = inside.split(/\r?\n|\\n/).map((line) => line.trim());
    const body = lines.filter((line) => !line.includes(':'));
    for (const part of [body.join(''), ...body]) {
      if (part.length >= SHORTEST_LINE_CHARACTERS && isDistinctivePart(part)) reader.parts.add(part);
    }
    return '';
  });
}

/** `name=value` in a row, between semicolons, ampersands, line ends or spaces. */
function readPairs(text: string, reader: Reader): boolean {
  const pairs = pairsOf(text);
  for (const [name, value] of pairs) readSpellings(name, value, reader);
  return pairs.length > 0;
}

/** What may stand before the sign between a name and its value, without the white space around it. */
const NAME_OF_PAIR = /^(?:export\s+)?["']?([A-Za-z][\w .-]{0,60}?)["']?$/;
/** White space is tried from its beginning alone: from each place, a long run takes its length squared. */
const SEPARATORS = [/\r?\n/, /;/, /&/, /(?<!\s)\s+(?=[A-Za-z_]+=)/];

/** None when a piece of the text is no pair. */
function pairsOf(text: string): (readonly [name: string, value: string])[] {
  for (const separator of SEPARATORS) {
    const pieces = text.split(separator).filter((piece) => piece.trim() !== '' && !COMMENT.test(piece.trim()));
    const pairs = pieces.flatMap(pairOf);
    if (pieces.length > 1 && pairs.length === pieces.length) return pairs;
  }
  return text.includes('\n') ? [] : pairOf(text);
}

function pairOf(text: string): (readonly [name: string, value: string])[] {
  const sign = text.search(/[=:]/);
  // `a:b` is no pair, `a: b` is.
  if (sign < 0 || !/^(?:=|:\s)/.test(text.slice(sign, sign + 2))) return [];
  const [, name] = NAME_OF_PAIR.exec(text.slice(0, sign).trim()) ?? [];
  const value = text.slice(sign + 1).trim();
  // Base64 ends with the same sign.
  return name === undefined || /^=*$/.test(value) ? [] : [[name, unquoted(value)]];
}

function unquoted(text: string): string {
  const quote = text[0];
  return text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text;
}

function readLines(text: string, reader: Reader): void {
  const lines = text.split(/\r?\n/);
  if (lines.length < 2) return;
  for (const line of lines) {
    const trimmed = line.trim();
    if (COMMENT.test(trimmed)) continue;
    const [pair] = pairOf(trimmed);
    if (pair !== undefined && !/\s/.test(pair[0])) readNamed(...pair, reader);
    else if (trimmed.length >= SHORTEST_LINE_CHARACTERS && isDistinctivePart(trimmed)) reader.parts.add(trimmed);
  }
}

function readUserAndPassword(text: string, reader: Reader): void {
  const [, password = ''] = /^[^\s:/]{1,256}:([^\n]+)$/.exec(text) ?? [];
  if (isDistinctivePart(password)) reader.parts.add(password);
}

/** A whole text that is base64 of another: of a key file, or of `user:password`. */
function readBase64(text: string, reader: Reader): void {
  if (!/^[A-Za-z0-9+/_-]{12,}={0,2}$/.test(text)) return;
  const decoded = Buffer.from(text, 'base64');
  const inside = decoded.toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they say that it is no text
  if (/[\0-\x08\x0e-\x1f\ufffd]/.test(inside)) return;
  if (isDistinctivePart(inside)) reader.parts.add(inside);
  readStructure(inside.trim(), { ...reader, depth: reader.depth - 1, credentials: true });
}
