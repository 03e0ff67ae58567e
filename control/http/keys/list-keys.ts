import { listKeys } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { z } from 'zod';
import { readKeyRotation } from '../../keys/read-key-rotation.ts';
import { readKeys } from '../../keys/read-keys.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int()]);

export const listKeysHandler = implement(listKeys, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const keys = await readKeys(db, organization.id, after?.[0], query.limit + 1);
  const { page, nextCursor } = cutPage(keys, query.limit, ({ generation }) => [generation]);
  return { status: 200, body: { items: page, nextCursor, rotation: await readKeyRotation(db, organization.id) } };
});
