import { isAbsolute, normalize } from 'node:path';
import { nameFault, SLUG_PATTERN } from '@holdfast/api';
import { z } from 'zod';
import { listOf, parsedText, type TextSchema } from './text.ts';

/** A folder on this machine that the operator lets one organization read. */
export interface SourceFolder {
  readonly organizationSlug: string;
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

const folder: TextSchema<SourceFolder> = parsedText(
  'Write <organization slug>:<name>=<absolute path>, with commas between entries.',
  (entry) => {
    const [, organizationSlug = '', name = '', path = ''] = /^([^:]+):([^=]{1,120})=(.+)$/.exec(entry) ?? [];
    if (!SLUG_PATTERN.test(organizationSlug) || name.trim() !== name || nameFault(name) !== undefined || !isAbsolute(path)) {
      return undefined;
    }
    return { organizationSlug, name: name.normalize('NFC'), path: normalize(path) };
  },
);

/** `organization:name=/absolute/path`, with commas between entries; a name stands once in an organization. */
export const sourceFolders: TextSchema<readonly SourceFolder[]> = listOf(folder).transform((folders, context) => {
  const seen = new Set<string>();
  for (const { organizationSlug, name } of folders) {
    const key = `${organizationSlug}:${name}`;
    if (seen.has(key)) {
      context.addIssue({ code: 'custom', message: `It names ${key} twice: give each folder its own name.` });
      return z.NEVER;
    }
    seen.add(key);
  }
  return folders;
});
