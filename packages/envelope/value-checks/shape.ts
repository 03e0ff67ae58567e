import { isJson, PEM_BEGIN, PEM_END, placeWords, positionOf, type ValueCheck, type ValueFinding } from './finding.ts';

/** A shorter value occurs in ordinary text too often to be masked in logs. */
const MASKABLE_CHARACTERS = 8;

/**
 * Finds what is wrong with the whole: too short to be masked, white space around it, one token over several
 * lines, a file cut off.
 */
export const checkShape: ValueCheck = (value) => [
  ...incomplete(value),
  ...brokenLines(value),
  ...outerWhiteSpace(value),
  ...(value.trim() !== '' && [...value].length < MASKABLE_CHARACTERS
    ? [warning('short', `The value has fewer than ${MASKABLE_CHARACTERS} characters. It cannot be masked in logs.`)]
    : []),
];

const warning = (code: ValueFinding['code'], message: string, clean?: (value: string) => string): ValueFinding => ({
  code,
  severity: 'warn',
  message,
  ...(clean === undefined ? {} : { clean }),
});

/** Keys and JSON of which a part is missing, or whose lines were lost. */
function incomplete(value: string): ValueFinding[] {
  const text = value.trim();
  if (/^-----BEGIN /.test(text)) {
    if (!PEM_END.test(text)) {
      const message = 'The value begins a key or certificate (-----BEGIN …) and has no end (-----END …). Only a part of it arrived.';
      return [{ code: 'incomplete', severity: 'refuse', message }];
    }
    if (/[\r\n]/.test(text)) return [];
    if (text.includes('\\n')) {
      const message = 'The lines of the key are separated by the two characters \\n. Most services expect line breaks.';
      return [warning('incomplete', message, (whole) => whole.replace(/(?:\\r)?\\n/g, '\n'))];
    }
    const parts = PEM_ON_ONE_LINE.exec(text);
    if (parts === null) return [];
    const clean = parts[0] === text ? (whole: string) => withLines(whole.trim()) : undefined;
    return [warning('incomplete', 'The line breaks of the key were lost: all of it is on one line.', clean)];
  }
  // With the name of a member; a password may well begin with {".
  if (/^\{\s*"[^"\\]*"\s*:/.test(text) && !isJson(text))
    return [warning('incomplete', 'The value begins like JSON and is not: a part of it may be missing.')];
  return [];
}

const PEM_ON_ONE_LINE = /(-----BEGIN [A-Z0-9 ]+-----)([A-Za-z0-9+/= ]+)(-----END [A-Z0-9 ]+-----)/;

function withLines(text: string): string {
  const [, begin = '', body = '', end = ''] = PEM_ON_ONE_LINE.exec(text) ?? [];
  const lines = body.replace(/ /g, '').match(/.{1,64}/g) ?? [];
  return begin === '' ? text : `${[begin, ...lines, end].join('\n')}\n`;
}

const SETTING =
  /(?:^|;)\s*(?:AccountName|AccountKey|SharedAccessKey|SharedAccessKeyName|DefaultEndpointsProtocol|EndpointSuffix|SharedAccessSignature|Endpoint|Server|Data Source|Initial Catalog|Password|User Id)\s*=/i;
const joined = (value: string) => value.trim().replace(/(?<![ \t])[ \t]*(?:\r\n|\r|\n)[ \t]*/g, '');

/** A line break inside of what is one line by its nature: an address, a connection string, a token. */
function brokenLines(value: string): ValueFinding[] {
  const text = value.trim();
  const start = value.indexOf(text);
  const at = text.search(/[\r\n]/);
  if (PEM_BEGIN.test(text) || isJson(text)) return [];
  const finding = (index: number, what: string, clean?: (value: string) => string): ValueFinding[] => [
    {
      code: 'line-break',
      severity: 'warn',
      message: `The value has a line break ${placeWords(value, start + index)}, in the middle of ${what}.`,
      at: positionOf(value, start + index),
      ...(clean === undefined ? {} : { clean }),
    },
  ];
  if (/^eyJ/.test(text) && /\s/.test(text) && /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text.replace(/\s+/g, ''))) {
    return [
      {
        ...warning('line-break', `The value has white space ${placeWords(value, start + text.search(/\s/))}, in the middle of a token.`),
        at: positionOf(value, start + text.search(/\s/)),
        clean: (whole) => whole.replace(/\s+/g, ''),
      },
    ];
  }
  if (at < 0) return [];
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  if (/^[a-z][a-z0-9+.-]*:\/\/\S*$/i.test(lines[0] ?? '') && lines.every((line) => /^\S+$/.test(line))) {
    // Addresses one a line are a list.
    return lines.slice(1).some((line) => /^[a-z][a-z0-9+.-]*:\/\//i.test(line)) ? [] : finding(at, 'an address', joined);
  }
  const settings = joined(text);
  if (settings.includes(';') && SETTING.test(settings) && settings.split(';').every((part) => part.trim() === '' || part.includes('='))) {
    // A setting on a line of its own, with no semicolon before it, may be meant to be separate.
    const certain = lines.every((line, index) => index === 0 || line.search(SETTING) !== 0 || (lines[index - 1] ?? '').endsWith(';'));
    return finding(at, 'a connection string', certain ? joined : undefined);
  }
  const token = lines.length <= 3 && lines.every((line) => /^[A-Za-z0-9+/=_.~-]+$/.test(line));
  const [first = ''] = lines;
  if (!token || isWrappedBase64(lines) || first.length < 16 || first.length === lines[1]?.length) return [];
  return finding(at, 'what looks like one token');
}

/** As `base64` and `openssl` print it: lines of one length, only the last one shorter. */
function isWrappedBase64(lines: readonly string[]): boolean {
  const [first = ''] = lines;
  return (
    first.length >= 60 &&
    lines.every((line, index) => line.length === first.length || (index === lines.length - 1 && line.length < first.length))
  );
}

function outerWhiteSpace(value: string): ValueFinding[] {
  const text = value.trim();
  if (text === '' || text === value) return [];
  // A text of several lines ends with a line break by custom, and some readers of keys insist on it.
  if (/[\r\n]/.test(text) && /^\r?\n$/.test(value.slice(text.length)) && value.startsWith(text)) return [];
  const begins = !value.startsWith(text);
  const ends = !value.endsWith(text);
  const what = begins && ends ? 'begins and ends' : begins ? 'begins' : 'ends';
  const message = `The value ${what} with white space or a line break. It would be kept.`;
  // Of a text of several lines, the line break at its end stays.
  const clean = (whole: string) =>
    /[\r\n]/.test(whole.trim()) && whole.slice(whole.trimEnd().length).includes('\n') ? `${whole.trim()}\n` : whole.trim();
  return [warning('outer-white-space', message, clean)];
}
