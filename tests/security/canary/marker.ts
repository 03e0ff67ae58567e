import { randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';

/**
 * A text that occurs nowhere else: 20 letters and digits, so that no escape rule changes it. Each canary
 * value holds it, and looking for it alone finds every one of them. It is the base64 of 15 others, so that
 * keys which are written in base64 hold it too.
 */
export function makeMarker(): string {
  const letters = Array.from({ length: 15 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Buffer.from(letters).toString('base64');
}

/** The marker as it looks in one encoding of any text that holds it. */
export interface Needle {
  encoding: string;
  bytes: Buffer;
}

/**
 * What to look for, so that the marker is found in a text that was encoded as a whole in any of these ways.
 */
export function needlesOf(marker: string): Needle[] {
  const raw = Buffer.from(marker);
  const hex = raw.toString('hex');
  const units = [...raw];
  const texts: [string, string][] = [
    ['as it is', marker],
    ['lower case', marker.toLowerCase()],
    ['upper case', marker.toUpperCase()],
    ['reversed', [...marker].reverse().join('')],
    ['hexadecimal', hex],
    ['hexadecimal, upper case', hex.toUpperCase()],
    ['hexadecimal with spaces, as a Buffer is printed', hex.replace(/..(?=.)/g, '$& ')],
    ['percent-encoded throughout', units.map((unit) => `%${unit.toString(16)}`).join('')],
    ['percent-encoded throughout, upper case', units.map((unit) => `%${unit.toString(16).toUpperCase()}`).join('')],
    ['JSON \\u escapes', units.map((unit) => `\\u00${unit.toString(16)}`).join('')],
    ['list of decimal bytes', units.join(',')],
    ['list of decimal bytes with spaces', units.join(', ')],
    ...base64Forms(raw),
  ];
  const needles = texts.map(([encoding, text]): Needle => ({ encoding, bytes: Buffer.from(text) }));
  const decoded = Buffer.from(marker, 'base64');
  const little = Buffer.from(marker, 'utf16le');
  needles.push(
    { encoding: 'decoded from base64', bytes: decoded },
    { encoding: 'decoded from base64, hexadecimal', bytes: Buffer.from(decoded.toString('hex')) },
    { encoding: 'UTF-16, little-endian', bytes: little },
    { encoding: 'UTF-16, big-endian', bytes: Buffer.from(little).swap16() },
  );
  return needles;
}

/**
 * Base64 looks different by where in its group of three the marker begins, and its first and last letters mix
 * with the neighbours: the letters between are what stays.
 */
function base64Forms(raw: Buffer): [string, string][] {
  const forms: [string, string][] = [];
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), raw]);
    const whole = padded.subarray(0, padded.length - (padded.length % 3)).toString('base64');
    const certain = before === 0 ? whole : whole.slice(4);
    forms.push([`base64 at offset ${before}`, certain]);
    const url = certain.replaceAll('+', '-').replaceAll('/', '_');
    if (url !== certain) forms.push([`base64url at offset ${before}`, url]);
  }
  return forms;
}
