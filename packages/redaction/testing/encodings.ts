import fc from 'fast-check';

const strict = (text: string) => encodeURIComponent(text).replace(/[!'()*~.-]/g, (sign) => `%${hex(sign.charCodeAt(0), 2).toUpperCase()}`);
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const lower = (text: string) => text.replace(/%[0-9A-F]{2}/g, (written) => written.toLowerCase());
export const json = (text: string) => JSON.stringify(text).slice(1, -1);
const units = (text: string, write: (unit: number) => string) => text.replace(/[^ -~]|["\\<>&'/]/g, (unit) => write(unit.charCodeAt(0)));
const named = (text: string) =>
  text.replace(/[&<>"']/g, (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }[sign]};`);
const entities = (text: string, write: (code: number) => string) =>
  text.replace(/[^ -~]|[&<>"'/=+]/gu, (sign) => write(sign.codePointAt(0) ?? 0));

/** What writes one character after the other. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  encodeURIComponent,
  'RFC 3986 strict': strict,
  'percent in lower case': (text) => lower(strict(text)),
  'percent throughout': (text) => [...Buffer.from(text)].map((byte) => `%${hex(byte, 2)}`).join(''),
  form: (text) => new URLSearchParams([['', text]]).toString().slice(1),
  'URL twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'URL three times': (text) => encodeURIComponent(encodeURIComponent(encodeURIComponent(text))),
  JSON: json,
  'JSON with escaped slashes': (text) => json(text).replaceAll('/', '\\/'),
  'ASCII-only JSON': (text) => units(text, (unit) => `\\u${hex(unit, 4)}`),
  'ASCII-only JSON in upper case': (text) => units(text, (unit) => `\\u${hex(unit, 4).toUpperCase()}`),
  'JSON in JSON': (text) => json(json(text)),
  'JSON in JSON in JSON': (text) => json(json(json(text))),
  'HTML by name': named,
  'HTML in decimals': (text) => entities(text, (code) => `&#${code};`),
  'HTML in hexadecimals': (text) => entities(text, (code) => `&#x${hex(code, 1)};`),
  'HTML in upper-case hexadecimals': (text) => entities(text, (code) => `&#X${hex(code, 4).toUpperCase()};`),
  'HTML twice': (text) => named(named(text)),
  'HTML in JSON': (text) => json(named(text)),
  'HTML in a form': (text) => new URLSearchParams([['', named(text)]]).toString().slice(1),
  'JSON in a URL': (text) => encodeURIComponent(json(text)),
  'a URL in HTML': (text) => named(encodeURIComponent(text)),
  'a form in ASCII-only JSON': (text) => units(new URLSearchParams([['', text]]).toString().slice(1), (unit) => `\\u${hex(unit, 4)}`),
  'JSON in HTML': (text) => named(json(text)),
  'bytes of Python and C': (text) => [...Buffer.from(text)].map((byte) => `\\x${hex(byte, 2)}`).join(''),
  'bytes in octal': (text) => [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  'quoted for a shell by backslashes': (text) => text.replace(/[^\w.,:/@\n-]/gu, (sign) => `\\${sign}`),
};

export const value = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 8, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 }),
    // Values that look like an encoding of another.
    fc.string({ unit: fc.constantFrom(...'%25\\u0041&#x;amp+ nrt"\'/<=a1é🔑\n'), minLength: 8, maxLength: 30 }),
  )
  .filter((text) => text.length >= 8 && text.isWellFormed() && !'[redacted]'.includes(text));
/** Values that hold escapes themselves, between letters and digits that are written as others. */
export const holdsEscapes = fc
  .array(fc.constantFrom('%51', '%25', '\\x61', '\\u0063', '&#65;', '&#x41;', '&amp;', ...'ab105xuq%\\&#;-. '), {
    minLength: 5,
    maxLength: 14,
  })
  .map((some) => some.join('').trim())
  .filter((text) => text.length >= 8);
export const around = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed());
export const tricky = fc.constantFrom('', '%', '%2', '%25', '\\', '\\u00', '&', '&#', '&am', '+', 'a', '"');
