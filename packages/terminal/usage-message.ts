const NAMED = /^((?:error: )?unknown (?:option|command) ')([\s\S]*)('(?:\n\([\s\S]*\))?\n?)$/;

/**
 * What the parser says of a wrong call, without what may be a value: of an unknown option or command stays
 * what stands before its `=`, and of a short option its letter.
 */
export function withoutValue(message: string): string {
  const [, before, word = '', after = ''] = NAMED.exec(message) ?? [];
  if (before === undefined) return message;
  const name = /^-[^-]/.test(word) ? word.slice(0, 2) : (/^[^=\s]*/.exec(word)?.[0] ?? '');
  if (name === word) return message;
  return `${before}${name}${after.trimEnd()}. What followed is not repeated. ${TYPED_VALUE}${after.endsWith('\n') ? '\n' : ''}`;
}

const TYPED_VALUE = 'If it is a value, treat it as leaked: other programs see arguments, and the shell keeps them.';
