import { parsedText, type TextSchema } from './text.ts';

/** docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const bucketName: TextSchema<string> = parsedText(
  'Write the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and single dots.',
  fitting(/^(?=.{3,63}$)[a-z0-9](?:\.?[a-z0-9-])*[a-z0-9]$/),
);

export const bucketRegion: TextSchema<string> = parsedText(
  'Write the name of a region, for example eu-central-1.',
  fitting(/^[A-Za-z0-9-]{1,40}$/),
);

/** What stands in front of the keys of objects: empty, or folders. */
export const objectPrefix: TextSchema<string> = parsedText(
  'Write names that each end with /, for example holdfast/documents/.',
  fitting(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/),
);

/** URL of a service, in which `{region}` and, in front of the host, `{bucket}.` stand for other settings. */
export const bucketEndpoint: TextSchema<string> = parsedText(
  'Write a URL with http or https, without user and query, for example https://minio.example.com:9000.',
  (given) => {
    const url = URL.parse(given.replace('://{bucket}.', '://bucket.').replaceAll('{region}', 'region'));
    const fits = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.search === '';
    return fits ? given : undefined;
  },
);

function fitting(pattern: RegExp): (given: string) => string | undefined {
  return (given) => (pattern.test(given) ? given : undefined);
}
