/** What names of documents end in when only their type is known. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/cloudevents+json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'text/plain': 'txt',
  'text/html': 'html',
  'text/csv': 'csv',
  'application/pdf': 'pdf',
  'application/x-www-form-urlencoded': 'txt',
};

interface Delivered {
  readonly delivery: string;
  readonly time: Date;
  readonly contentType: string | undefined;
}

/**
 * What the document of a request is called: the name that is set, with {time} (in UTC, to the second) and
 * {delivery} filled in, and an extension by its content type when it has none.
 */
export function documentNameOf(template: string, { delivery, time, contentType }: Delivered): string {
  const filled = template
    .replaceAll('{time}', time.toISOString().slice(0, 19).replaceAll(':', '-').concat('Z'))
    .replaceAll('{delivery}', delivery.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64));
  if (/\.[A-Za-z0-9]{1,8}$/.test(filled)) return filled;
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return `${filled}.${EXTENSIONS[type] ?? (type.endsWith('+json') ? 'json' : 'bin')}`;
}
