/** The guides and references of the project's own docs folder, as they were when the console was built. */
export interface Guide {
  /** Its file without `.md`, which is its address too. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly kind: 'guide' | 'service' | 'reference';
}

const FILES: Record<string, string> = import.meta.glob('../../../docs/{guides,guides/connectors,reference}/*.md', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** What people need first stands first; the rest by title. */
const FIRST = ['first-workflow', 'workflows', 'triggers', 'examples', 'command-line', 'sdk', 'api'];

export const GUIDES: readonly Guide[] = Object.entries(FILES)
  .map(([path, text]) => ({
    name: path.slice(path.lastIndexOf('/') + 1, -'.md'.length),
    title: /^# (.+)$/m.exec(text)?.[1] ?? path,
    text: text.replace(/^# .+\n+/, ''),
    kind: kindOf(path),
  }))
  .sort((a, b) => placeOf(a) - placeOf(b) || a.title.localeCompare(b.title));

/** A service that documents come from or go to has a page of its own. */
function kindOf(path: string): Guide['kind'] {
  if (path.includes('/reference/')) return 'reference';
  return path.includes('/connectors/') || path.endsWith('/azure-blob.md') ? 'service' : 'guide';
}

function placeOf({ name }: Guide): number {
  const place = FIRST.indexOf(name);
  return place === -1 ? FIRST.length : place;
}
