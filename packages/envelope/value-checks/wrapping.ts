import { isJson, placeWords, positionOf, type ValueCheck, type ValueContext, type ValueFinding } from './finding.ts';

/**
 * Finds what stands around a value that was copied: quotes, a name in front, entities of HTML,
 * percent-encoding.
 */
export const checkWrapping: ValueCheck = (value, context) => [
  ...nameInFront(value, context),
  ...surroundingQuotes(value),
  ...htmlEntities(value),
  ...percentEncoded(value),
];

/** Opening and closing marks in which a value is handed on. */
const QUOTE_PAIRS: readonly (readonly [string, string, string])[] = [
  ['"', '"', 'quotes'],
  ["'", "'", 'quotes'],
  ['`', '`', 'backquotes'],
  ['\u201c', '\u201d', 'quotes'],
  ['\u201e', '\u201c', 'quotes'],
  ['\u201e', '\u201d', 'quotes'],
  ['\u2018', '\u2019', 'quotes'],
  ['\u201a', '\u2018', 'quotes'],
  ['\u00ab', '\u00bb', 'quotes'],
  ['&quot;', '&quot;', 'quotes'],
  ['\\"', '\\"', 'quotes'],
];

function surroundingQuotes(value: string): ValueFinding[] {
  const text = value.trim();
  for (const [open, close, what] of QUOTE_PAIRS) {
    if (text.length <= open.length + close.length || !text.startsWith(open) || !text.endsWith(close)) continue;
    const inner = text.slice(open.length, -close.length);
    // "a" and "b" is not one text in quotes.
    if (inner.includes(open) || inner.includes(close)) continue;
    const message = `The value is wrapped in ${what}. They would be kept and sent with it.`;
    return [
      {
        code: 'surrounding-quotes',
        severity: 'warn',
        message,
        at: positionOf(value, value.indexOf(open)),
        clean: withoutPair(open, close),
      },
    ];
  }
  return [];
}

function withoutPair(open: string, close: string) {
  return (value: string) => {
    const text = value.trim();
    return text.startsWith(open) && text.endsWith(close) && text.length > open.length + close.length
      ? text.slice(open.length, -close.length)
      : value;
  };
}

const COMMAND = '(?:export|declare -x|setx?|env|-e|\\$env:)';
const ASSIGNMENT = new RegExp(`^\\s*(${COMMAND}\\s*)?([A-Za-z_][A-Za-z0-9_.-]{0,127})(\\s*=\\s*|:\\s+|\\s*:=\\s*)(?=[^\\s=])`, 'i');

function nameInFront(value: string, { name }: ValueContext): ValueFinding[] {
  const match = ASSIGNMENT.exec(value);
  if (match === null || isJson(value)) return [];
  const [front, command = '', written = '', sign = ''] = match;
  const rest = value.slice(front.length);
  const own = name !== undefined && written.toLowerCase() === name.toLowerCase();
  const certain = own || (sign.includes('=') && (command.trim() !== '' || isVariable(written))) || opensHeader(written, sign, rest);
  if (!own && command.trim() === '' && !isVariable(written) && !isWordForSecret(written)) return [];
  // Key=Value;Key=Value, a query, a distinguished name, and a file of settings begin with a name that is
  // their own.
  if (!own && holdsMoreSettings(rest)) return [];
  if (!own && /[\r\n]/.test(rest.trim()) && !/^["'`]|^-----BEGIN /.test(rest)) return [];
  const message = `The value begins with a name and “${sign.trim()}”, as a line of a file does. Only what follows is the value.`;
  const clean = (text: string) => text.slice(ASSIGNMENT.exec(text)?.[0].length ?? 0);
  return [{ code: 'name-in-front', severity: 'warn', message, at: positionOf(value, 0), ...(certain ? { clean } : {}) }];
}

const isVariable = (name: string) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(name) && name.length >= 3 && !OTHERS_OWN.test(name);
/** ODBC, LDAP and shared access signatures write these keys in capitals. */
const OTHERS_OWN = /^(?:CN|OU|DC|UID|PWD|DSN|DRIVER|SERVER|DATABASE|HOST|HOSTNAME|PORT|PROTOCOL|SID|SERVICE|BEGIN|END)$/;
const isWordForSecret = (name: string) =>
  /(?:^|[-_.])(?:password|passwd|passphrase|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|client[-_.]?secret)$/i.test(name) ||
  /^(?:authorization|x-api-key|apiKey|accessKey|clientSecret|connectionString|connection[-_]string)$/i.test(name);
/** `X-Api-Key: …` and `Authorization: …` are lines of a request. */
const opensHeader = (name: string, sign: string, rest: string) =>
  sign.startsWith(':') && /^(?:x-[a-z-]+|authorization)$/i.test(name) && !/[\r\n]/.test(rest.trim());
const holdsMoreSettings = (rest: string) => /[;,&][ \t]*[A-Za-z][\w .-]{0,60}=/.test(rest);

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  '#38': '&',
  '#x26': '&',
  lt: '<',
  '#60': '<',
  '#x3c': '<',
  gt: '>',
  '#62': '>',
  '#x3e': '>',
  quot: '"',
  '#34': '"',
  '#x22': '"',
  apos: "'",
  '#39': "'",
  '#x27': "'",
  '#47': '/',
  '#x2f': '/',
  '#61': '=',
  '#x3d': '=',
  '#43': '+',
  '#x2b': '+',
};
const ENTITY = /&(amp|lt|gt|quot|apos|nbsp|#38|#60|#62|#34|#39|#47|#61|#43|#x(?:26|3c|3e|22|27|2f|3d|2b));/gi;
const isMarkup = (value: string) => /<\/?[A-Za-z][^<>]*>/.test(value) || /^\s*<[?!]/.test(value);

function htmlEntities(value: string): ValueFinding[] {
  const first = value.search(ENTITY);
  if (first < 0 || isMarkup(value)) return [];
  const [entity = ''] = value.slice(first).match(ENTITY) ?? [];
  const json = isJson(value);
  const decoded = ENTITIES[entity.slice(1, -1).toLowerCase()];
  const message = `The value has ${entity}${decoded === undefined ? '' : ` in place of ${decoded}`} ${placeWords(value, first)}: it was copied out of the source of a web page.`;
  const clean = (text: string) => text.replace(ENTITY, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
  // In JSON the quotes that come out could end a text.
  const certain = !json && clean(value) !== value;
  return [{ code: 'html-entity', severity: 'warn', message, at: positionOf(value, first), ...(certain ? { clean } : {}) }];
}

/** Values of these keys are base64, which has no percent sign. */
const BASE64_SETTING = /((?:^|;)\s*(?:AccountKey|SharedAccessKey)\s*=)([^;\r\n]*%[0-9A-F]{2}[^;\r\n]*)/gi;
const SIGNATURE = /([?&;]|^|=)(sig=)([^&;\s]+)/g;

function percentEncoded(value: string): ValueFinding[] {
  const text = value.trim();
  const found = (index: number, message: string, clean?: (value: string) => string): ValueFinding[] => [
    { code: 'percent-encoded', severity: 'warn', message, at: positionOf(value, index), ...(clean === undefined ? {} : { clean }) },
  ];
  if (/^[a-z][a-z0-9+.-]*%3A%2F%2F[^\s:/]+$/i.test(text)) {
    const message = 'The value is an address of which every sign is percent-encoded (%3A%2F%2F in place of ://).';
    return found(0, message, decodable(text) ? (whole) => decodeURIComponent(whole.trim()) : undefined);
  }
  const key = BASE64_SETTING.exec(value);
  BASE64_SETTING.lastIndex = 0;
  if (key !== null) {
    const index = key.index + (key[1] ?? '').length;
    const message = `The key ${placeWords(value, index)} is percent-encoded; in a connection string it stands as it is.`;
    const clean = (whole: string) =>
      whole.replace(BASE64_SETTING, (_, front: string, encoded: string) => front + encoded.replace(/%(2B|2F|3D)/gi, decodeURIComponent));
    return found(index, message, clean(value) === value ? undefined : clean);
  }
  for (const match of value.matchAll(SIGNATURE)) {
    if (!/(?:^|[?&;=])(?:sv|se|sp|skoid)=/.test(value)) break;
    const index = match.index + (match[1] ?? '').length;
    const signature = match[3] ?? '';
    if (/%25[0-9A-F]{2}/i.test(signature)) {
      const message = `The signature (sig) ${placeWords(value, index)} is percent-encoded twice.`;
      return found(index, message, (whole) => withSignature(whole, (sig) => sig.replace(/%25(?=[0-9A-F]{2})/gi, '%')));
    }
    if (/[+/=]/.test(signature)) {
      const message = `The signature (sig) ${placeWords(value, index)} was decoded on its way: + / and = stand in it as %2B %2F and %3D.`;
      return found(index, message, (whole) => withSignature(whole, (sig) => sig.replace(/[+/=]/g, encodeURIComponent)));
    }
  }
  const url = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#\s]*)/i.exec(text);
  if (url !== null) {
    const authority = url[2] ?? '';
    const index = value.indexOf(authority, (url[1] ?? '').length);
    if (/%40/.test(authority) && !authority.includes('@')) {
      return found(index, `The @ between credentials and host is percent-encoded (%40) ${placeWords(value, index)}.`);
    }
    if (/%25(?:40|3A|2F|3F|23|25)/i.test(authority)) {
      return found(index, `The credentials of the address, ${placeWords(value, index)}, are percent-encoded twice.`);
    }
    return [];
  }
  const padding = /^[A-Za-z0-9+/_-]{16,}(?:%[0-9A-F]{2}[A-Za-z0-9+/_-]*)*%3D(?:%3D)?$/i.exec(text);
  if (padding === null) return [];
  const index = value.indexOf('%');
  return found(index, `The value is percent-encoded ${placeWords(value, index)} (%3D in place of =). Does the service expect it so?`);
}

const withSignature = (value: string, change: (signature: string) => string) =>
  value.replace(SIGNATURE, (_, front: string, key: string, signature: string) => front + key + change(signature));

function decodable(text: string): boolean {
  try {
    return decodeURIComponent(text).isWellFormed();
  } catch {
    return false;
  }
}
