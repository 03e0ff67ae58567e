import type { Example } from './example.ts';

/** "uploaded files → OpenAI model → Azure Blob publisher". */
export function typesInWords({ components, workflow }: Pick<Example, 'components' | 'workflow'>): string {
  const typeOf = (key: string) => typeInWords(components.find((component) => component.key === key)?.type ?? key);
  const { source, steps } = workflow;
  return [source.kind === 'upload' ? 'uploaded files' : typeOf(source.component), ...steps.map(typeOf)].join(' → ');
}

const SPELLED: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  azure: 'Azure',
  s3: 'S3',
  postgres: 'PostgreSQL',
  http: 'HTTP',
  blob: 'Blob',
};

/**
 * Of a type's id, for a card that does not wait until the types are loaded: `s3-publisher` → "S3 publisher".
 */
function typeInWords(type: string): string {
  const [first = '', ...rest] = type.split('-').map((word) => SPELLED[word] ?? word);
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ');
}
