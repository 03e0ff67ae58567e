import { placeWords, positionOf, type ValueCheck, type ValueFinding, type ValueFindingCode } from './finding.ts';

/**
 * Characters that nobody sees or that word processors put in place of others, by what a finding calls them.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00a0, 'NO-BREAK SPACE'],
  [0x00ad, 'SOFT HYPHEN'],
  [0x034f, 'COMBINING GRAPHEME JOINER'],
  [0x061c, 'ARABIC LETTER MARK'],
  [0x1680, 'OGHAM SPACE MARK'],
  [0x180e, 'MONGOLIAN VOWEL SEPARATOR'],
  [0x2000, 'EN QUAD'],
  [0x2001, 'EM QUAD'],
  [0x2002, 'EN SPACE'],
  [0x2003, 'EM SPACE'],
  [0x2004, 'THREE-PER-EM SPACE'],
  [0x2005, 'FOUR-PER-EM SPACE'],
  [0x2006, 'SIX-PER-EM SPACE'],
  [0x2007, 'FIGURE SPACE'],
  [0x2008, 'PUNCTUATION SPACE'],
  [0x2009, 'THIN SPACE'],
  [0x200a, 'HAIR SPACE'],
  [0x200b, 'ZERO WIDTH SPACE'],
  [0x200c, 'ZERO WIDTH NON-JOINER'],
  [0x200d, 'ZERO WIDTH JOINER'],
  [0x200e, 'LEFT-TO-RIGHT MARK'],
  [0x200f, 'RIGHT-TO-LEFT MARK'],
  [0x2010, 'HYPHEN'],
  [0x2011, 'NON-BREAKING HYPHEN'],
  [0x2013, 'EN DASH'],
  [0x2014, 'EM DASH'],
  [0x2018, 'LEFT SINGLE QUOTATION MARK'],
  [0x2019, 'RIGHT SINGLE QUOTATION MARK'],
  [0x201a, 'SINGLE LOW-9 QUOTATION MARK'],
  [0x201c, 'LEFT DOUBLE QUOTATION MARK'],
  [0x201d, 'RIGHT DOUBLE QUOTATION MARK'],
  [0x201e, 'DOUBLE LOW-9 QUOTATION MARK'],
  [0x2026, 'HORIZONTAL ELLIPSIS'],
  [0x2028, 'LINE SEPARATOR'],
  [0x2029, 'PARAGRAPH SEPARATOR'],
  [0x202a, 'LEFT-TO-RIGHT EMBEDDING'],
  [0x202b, 'RIGHT-TO-LEFT EMBEDDING'],
  [0x202c, 'POP DIRECTIONAL FORMATTING'],
  [0x202d, 'LEFT-TO-RIGHT OVERRIDE'],
  [0x202e, 'RIGHT-TO-LEFT OVERRIDE'],
  [0x202f, 'NARROW NO-BREAK SPACE'],
  [0x205f, 'MEDIUM MATHEMATICAL SPACE'],
  [0x2060, 'WORD JOINER'],
  [0x2066, 'LEFT-TO-RIGHT ISOLATE'],
  [0x2067, 'RIGHT-TO-LEFT ISOLATE'],
  [0x2068, 'FIRST STRONG ISOLATE'],
  [0x2069, 'POP DIRECTIONAL ISOLATE'],
  [0x2212, 'MINUS SIGN'],
  [0x3000, 'IDEOGRAPHIC SPACE'],
  [0xfeff, 'BYTE ORDER MARK'],
  [0xfffd, 'REPLACEMENT CHARACTER'],
  [0x0000, 'NULL'],
  [0x0008, 'BACKSPACE'],
  [0x0009, 'TAB'],
  [0x001b, 'ESCAPE'],
  [0x007f, 'DELETE'],
  [0x0085, 'NEXT LINE'],
]);

function nameOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = NAMES.get(point) ?? (point >= 0xe0000 && point <= 0xe007f ? 'TAG CHARACTER' : undefined);
  return name === undefined ? hex : `${name} (${hex})`;
}

/** Format characters, variation selectors, and letters that are blank. */
const INVISIBLE = /[\p{Cf}\u115f\u1160\u3164\uffa0]|[\u{fe00}-\u{fe0f}]|[\u{e0100}-\u{e01ef}]|\u034f/gu;
const DIRECTION_MARK = /^[\u061c\u200e\u200f\u2066-\u2069\u202a-\u202c]$/;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Scripts in whose words a joiner or a non-joiner is spelling. */
const JOINED_LETTER =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*$/u;
const PICTOGRAM = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]\ufe0f?$|[0-9#*]$/u;

function belongsIn(value: string): (character: string, index: number) => boolean {
  const rightToLeft = RIGHT_TO_LEFT.test(value);
  return (character, index) => belongs(value, index, character, rightToLeft);
}

/**
 * Whether an invisible character does here what it is for: joins an emoji, spells a word, or turns the
 * direction of one.
 */
function belongs(value: string, index: number, character: string, rightToLeft: boolean): boolean {
  const before = value.slice(Math.max(0, index - 8), index);
  const after = value.slice(index + character.length);
  const point = character.codePointAt(0) ?? 0;
  if (point === 0x200d) return JOINED_LETTER.test(before) || (PICTOGRAM.test(before) && /^\p{Extended_Pictographic}/u.test(after));
  if (point === 0x200c) return JOINED_LETTER.test(before);
  if (point === 0xfe0f || point === 0xfe0e) return PICTOGRAM.test(before);
  if ((point >= 0xfe00 && point <= 0xfe0d) || (point >= 0xe0100 && point <= 0xe01ef))
    return /[\p{Script=Han}\p{Script=Mongolian}]$/u.test(before);
  // A flag of a region, such as Scotland's, is a black flag and tags.
  if (point >= 0xe0020 && point <= 0xe007f) return /\u{1f3f4}[\u{e0020}-\u{e007f}]*$/u.test(value.slice(Math.max(0, index - 40), index));
  return DIRECTION_MARK.test(character) && rightToLeft;
}

const SPACE = /[\p{Zs}\u2028\u2029\u0085]/gu;
const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const isPlainSpace = (value: string, character: string) => character === ' ' || (character === '\u3000' && EAST_ASIAN.test(value));

/**
 * What a word processor writes for an ASCII character. An ellipsis is not among them: it stands for what was
 * cut off.
 */
const TYPED_AS: Readonly<Record<string, string>> = {
  '\u2018': "'",
  '\u2019': "'",
  '\u201a': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u201e': '"',
};
const QUOTES = /[\u2018\u2019\u201a\u201c\u201d\u201e]/gu;
const DASHES = /[\u2010\u2011\u2013\u2014\u2212]/gu;
/** A text in which quotes and dashes of print are at home. */
const hasOtherScripts = (value: string) =>
  /[^\0-\x7f]/.test(
    value
      .replace(QUOTES, '')
      .replace(DASHES, '')
      .replace(/\u2026/g, ''),
  );
const isProse = (value: string) => /(?<!\p{L})\p{L}{2,}[,.;:]? \p{L}+[,.;:]? \p{L}/u.test(value);

/** ESC [200~ and its end, which a terminal puts around what is pasted, and colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TERMINAL_SEQUENCE = /\x1b\[(?:20[01]~|[0-9;]*m)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/g;

/** Finds characters that nobody sees, that print puts in place of others, and that terminals send. */
export const checkCharacters: ValueCheck = (value) => [
  ...characters(value, INVISIBLE, 'invisible-character', {
    except: belongsIn(value),
    words: (what, where) => `The value has an invisible character, ${what}, ${where}.`,
    clean: (text) => {
      const belongs = belongsIn(text);
      return text.replace(INVISIBLE, (character, index: number) => (belongs(character, index) ? character : ''));
    },
  }),
  ...characters(value, SPACE, 'unicode-space', {
    except: (character) => isPlainSpace(value, character),
    words: (what, where) => `The value has a space that is not the space of a keyboard, ${what}, ${where}.`,
    clean: (text) =>
      text.replace(SPACE, (character) => (isPlainSpace(text, character) ? character : /\p{Zs}/u.test(character) ? ' ' : '\n')),
  }),
  ...(isProse(value) && !value.includes('=')
    ? []
    : characters(value, QUOTES, 'typographic-character', {
        words: (what, where) => `The value has a quotation mark of print, ${what}, ${where}: a program may have put it in place of ' or ".`,
        clean: hasOtherScripts(value) ? undefined : (text) => text.replace(QUOTES, (character) => TYPED_AS[character] ?? character),
      })),
  ...(isProse(value)
    ? []
    : characters(value, DASHES, 'typographic-character', {
        words: (what, where) => `The value has a dash of print, ${what}, ${where}: a program may have put it in place of hyphens.`,
      })),
  ...characters(value, /\u2026/gu, 'typographic-character', {
    words: (what, where) => `The value has ${what} ${where}: it may have been copied from a place that cuts it off.`,
  }),
  ...characters(value, /\ufffd/gu, 'replacement-character', {
    words: (what, where) =>
      `The value has a ${what} ${where}: it was read in the wrong encoding, and what stood there is lost. Copy it from its source again.`,
  }),
  ...wrongEncoding(value),
  ...controlCharacters(value),
  ...carriageReturns(value),
];

interface CharacterRule {
  readonly except?: (character: string, index: number) => boolean;
  readonly words: (what: string, where: string) => string;
  readonly clean?: ((value: string) => string) | undefined;
}

/** One finding for each kind of character, at its first place, with the number of further ones. */
function characters(value: string, pattern: RegExp, code: ValueFindingCode, rule: CharacterRule): ValueFinding[] {
  const found = new Map<string, { index: number; count: number }>();
  for (const match of value.matchAll(pattern)) {
    if (rule.except?.(match[0], match.index) === true) continue;
    const known = found.get(match[0]);
    if (known === undefined) found.set(match[0], { index: match.index, count: 1 });
    else known.count += 1;
  }
  return [...found].map(([character, { index, count }]) => ({
    code,
    severity: 'warn',
    message: rule.words(nameOf(character), `${placeWords(value, index)}${count === 1 ? '' : ` and in ${count - 1} more places`}`),
    at: positionOf(value, index),
    ...(rule.clean === undefined ? {} : { clean: rule.clean }),
  }));
}

/** UTF-8 that was read as Windows-1252: “ becomes â€œ, é becomes Ã©. */
function wrongEncoding(value: string): ValueFinding[] {
  const match = /\u00e2\u20ac[\u0080-\u00bf\u0152\u0153\u0178\u2018-\u201e\u02dc\u2122\u00a2-\u00be]|[\u00c2\u00c3][\u0080-\u00bf]/u.exec(
    value,
  );
  if (match === null) return [];
  const message = `The value has letters ${placeWords(value, match.index)} that are UTF-8 read in another encoding. Copy it again.`;
  return [{ code: 'replacement-character', severity: 'warn', message, at: positionOf(value, match.index) }];
}

function controlCharacters(value: string): ValueFinding[] {
  const sequence = value.search(TERMINAL_SEQUENCE);
  if (sequence >= 0) {
    const message = `The value has a control sequence of a terminal ${placeWords(value, sequence)}.`;
    const clean = (text: string) => text.replace(TERMINAL_SEQUENCE, '');
    return [{ code: 'control-character', severity: 'warn', message, at: positionOf(value, sequence), clean }];
  }
  if (/\0[^\0]\0[^\0]\0|[^\0]\0[^\0]\0[^\0]\0/.test(value)) {
    const message = 'The value has a NULL (U+0000) after every character: it is UTF-16 text. Save it as UTF-8.';
    return [{ code: 'control-character', severity: 'warn', message, at: positionOf(value, value.indexOf('\0')) }];
  }
  const words = (what: string, where: string) => `The value has a control character, ${what}, ${where}.`;
  return characters(value, CONTROL, 'control-character', { words });
}

function carriageReturns(value: string): ValueFinding[] {
  const first = value.indexOf('\r');
  if (first < 0) return [];
  const alone = /\r(?!\n|$)/.test(value);
  const lines = value.split('\r').length - 1;
  return [
    {
      code: 'carriage-return',
      severity: 'warn',
      message: alone
        ? `The value has a carriage return (U+000D) ${placeWords(value, first)} that ends no line.`
        : `The value has a carriage return (U+000D) at the end of ${lines === 1 ? `line ${positionOf(value, first).line}` : `${lines} lines`}, as Windows writes them. Few services expect it.`,
      at: positionOf(value, first),
      ...(alone ? {} : { clean: (text: string) => text.replace(/\r(?=\n|$)/g, '') }),
    },
  ];
}
