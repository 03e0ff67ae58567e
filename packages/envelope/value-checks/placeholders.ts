import { placeWords, positionOf, type ValueCheck, type ValueFinding } from './finding.ts';

/** What programs print in place of a value: dots, stars, crosses, a word in brackets. */
const DOTS = '\u2022\u25cf\u2219\u00b7\u25cb\u25e6\u26ab\u25a0\u25aa\u2588\u2217\u2731\uff0a*';
const HIDDEN_WORD = '(?:redacted|masked|hidden|filtered|removed|secret|sensitive|sensitive value|protected|concealed)';
const WHOLE_MASK = new RegExp(`^(?:[${DOTS}](?:[${DOTS}\\s-])*|[xX]{4,}(?:[ -][xX]{2,})*|\\**[<[({]?${HIDDEN_WORD}[>\\])}]?\\**)$`, 'i');
const BARE_WORD = /^(?:secret|sensitive|protected|removed|hidden)$/i;
const MASKED_PART = new RegExp(
  `[${DOTS.replace('*', '').replace('\u00b7', '')}]{3,}|\\*{4,}|(?<![xX])(?:x{8,}|X{8,})(?![xX])|[<[(]${HIDDEN_WORD}[>\\])]`,
  'i',
);
/** In a text of several lines a row of stars is an ornament, unless it is what a setting is given. */
const MASKED_SETTING = new RegExp(`[=:]\\s*["']?(?:[${DOTS}]{3,}|[xX]{8,}|[<[(]${HIDDEN_WORD}[>\\])])`, 'i');

/** The words with which forms and guides show where the real thing belongs. */
const PLACEHOLDER_WORDS = [
  'change[-_ ]?(?:me|it|this)',
  'replace[-_ ]?(?:me|this|with.{0,40})',
  '(?:insert|enter|put|add|paste)[-_ ](?:your[-_ ])?.{1,40}[-_ ]here',
  'your[-_ ](?=.{0,40}$)[\\w -]*(?:key|token|secret|password|value|string|name|id|url|account|here)[\\w -]*',
  'my[-_ ](?:secret|api)?[-_ ]?(?:key|password|token|secret)',
  'placeholder',
  'to-?do',
  'tbd',
  'fixme',
  'dummy',
  'example',
  'lorem ipsum.*',
];
const WHOLE_PLACEHOLDER = new RegExp(`^[<[({]{0,2}(?:${PLACEHOLDER_WORDS.join('|')})[>\\])}]{0,2}$`, 'i');
/**
 * `{your_password}` of the Azure portal, `<password>` of MongoDB Atlas, `[YOUR-PASSWORD]` of Supabase,
 * `your-key-here`.
 */
const PLACEHOLDER_PART =
  /\{your[-_ ][a-z_ -]{2,40}\}|\[your[-_ ][a-z_ -]{2,40}\]|<(?:your|my|db|insert|enter)?[-_ ]?[a-z]{0,20}[-_ ]?(?:password|passwd|key|secret|token)[a-z _-]{0,20}>|your[-_][a-z_-]{2,40}[-_]here/i;
/** A variable that was to be filled in. */
const UNFILLED =
  /^(?:\$\{[^{}]*\}|\$\([^()]*\)|\{\{[^{}]*\}\}|<%[^<>]*%>|%[A-Za-z_][A-Za-z0-9_]*%|\$[A-Z_][A-Z0-9_]{2,}|process\.env\.\w+)$/;
/** The keys of AWS's own documentation. */
const DOCUMENTATION_KEY = /^(?:AKIA[A-Z0-9]{9}EXAMPLE|[A-Za-z0-9/+]{30}EXAMPLEKEY)$/;

/** Finds values that stand for another one: an example, a masked value, `null`. */
export const checkPlaceholders: ValueCheck = (value) => {
  const text = value.trim();
  return [...masks(value, text), ...placeholders(value, text), ...literals(text)];
};

function masks(value: string, text: string): ValueFinding[] {
  if (text.length >= 3 && WHOLE_MASK.test(text) && !BARE_WORD.test(text)) {
    const message = 'This is what a program shows in place of a hidden value, not the value. Copy it where it is shown in full.';
    return [{ code: 'mask', severity: 'refuse', message }];
  }
  const several = /[\r\n]/.test(text);
  const match = (several ? MASKED_SETTING : MASKED_PART).exec(value);
  if (match === null || (/<\//.test(value) && match[0].includes('<'))) return [];
  const message = `A part of the value, ${placeWords(value, match.index)}, looks like a mask that a program shows in place of something hidden.`;
  return [{ code: 'mask', severity: 'warn', message, at: positionOf(value, match.index) }];
}

function placeholders(value: string, text: string): ValueFinding[] {
  if (WHOLE_PLACEHOLDER.test(text) || DOCUMENTATION_KEY.test(text)) {
    const message = 'The value reads like an example that stands where the real value belongs.';
    return [{ code: 'placeholder', severity: 'warn', message }];
  }
  if (UNFILLED.test(text)) {
    return [{ code: 'placeholder', severity: 'warn', message: 'The value is the name of a variable that was not filled in.' }];
  }
  const match = PLACEHOLDER_PART.exec(value);
  // <password>…</password> is markup.
  if (match === null || value.includes('</')) return [];
  const message = `A part of the value, ${placeWords(value, match.index)}, reads like an example that is to be filled in.`;
  return [{ code: 'placeholder', severity: 'warn', message, at: positionOf(value, match.index) }];
}

function literals(text: string): ValueFinding[] {
  if (!/^(?:null|undefined|none|nil|nan|\(null\)|\[object object\])$/i.test(text)) return [];
  const message = 'The value is what a program writes when it has none (null, undefined, None). Was something not filled in?';
  return [{ code: 'literal-null', severity: 'warn', message }];
}
