import { extensionOf } from '@holdfast/endpoints';

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
  return `${filled}.${extensionOf(contentType)}`;
}
