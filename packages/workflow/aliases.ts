import { type Alias, type Document, isAlias, visit } from 'yaml';

/** Parts that “*” may repeat in all: a short text can say so much by repetitions that it is never read. */
export const REPEATED_MAXIMUM = 50;

export interface Aliases {
  readonly first: Alias | undefined;
  /** The first that stands for nothing: the parser does not look, and reading the document fails. */
  readonly unresolved: Alias | undefined;
}

/** What repeats other parts of a document: `*name` for what `&name` marks before it. */
export function aliasesOf(document: Document): Aliases {
  const marked = new Set<string>();
  let first: Alias | undefined;
  let unresolved: Alias | undefined;
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) marked.add(node.anchor);
        return undefined;
      }
      first ??= node;
      if (marked.has(node.source)) return undefined;
      unresolved = node;
      return visit.BREAK;
    },
  });
  return { first, unresolved };
}
