/**
 * An expression once a source of its workflow has another name: what it compares with `document.source`
 * follows. Names of sources need no escapes.
 */
export function renameSource(expression: string, former: string, name: string): string {
  const literal = `(["'])${former}\\2`;
  return expression
    .replace(new RegExp(`(document\\.source\\s*(?:==|!=)\\s*)${literal}`, 'g'), `$1$2${name}$2`)
    .replace(new RegExp(`(^|[^\\\\])${literal}(?=\\s*(?:==|!=)\\s*document\\.source\\b)`, 'g'), `$1$2${name}$2`)
    .replace(/document\.source\s+in\s*\[[^\]]*\]/g, (list) => list.replace(new RegExp(`()${literal}`, 'g'), `$2${name}$2`));
}
