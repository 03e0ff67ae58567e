import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { splitCheckpoints, verifyCheckpoint } from '@holdfast/audit';
import { testInstance, testOrganization } from '../testing/instance.ts';

describe('checkpoints', () => {
  it('are written when a plane stops, signed, and name the head of every organization', async () => {
    await using instance = await testInstance();
    const organizations = [await testOrganization(instance), await testOrganization(instance)];
    await instance.plane.close();
    const file = instance.settings.checkpointFile;
    const notes: string[] = [];
    for await (const note of splitCheckpoints((await readFile(file, 'utf8')).split('\n'))) notes.push(note);
    const { public_key } = await instance.control.selectFrom('signing_key').select('public_key').executeTakeFirstOrThrow();
    const last = verifyCheckpoint(notes.at(-1) ?? '', public_key.toString('base64url'));
    for (const { id } of organizations) {
      const head = await instance.control.selectFrom('audit_head').selectAll().where('organization_id', '=', id).executeTakeFirstOrThrow();
      const stated = last.heads.find((candidate) => candidate.organizationId === id);
      assert.equal(stated?.sequence, head.sequence);
      assert.deepEqual(Buffer.from(stated?.hash ?? []), head.hash);
    }
    assert.equal((await stat(file)).mode & 0o077, 0);
    await instance.restart();
  });
});
