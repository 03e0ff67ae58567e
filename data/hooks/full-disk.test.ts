import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newToken } from '@holdfast/api';
import { sql } from 'kysely';
import { BODY, HOOK, HOOK_KEY, send, signed, UPLOAD } from '../testing/deliveries.ts';
import { testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { testTrigger, testWorkflow } from '../testing/triggers.ts';

describe('a data plane on a disk that is nearly full', { concurrency: false }, () => {
  it('takes nothing that is sent to it, says so, and keeps nothing of it', async () => {
    // No disk has so many bytes free.
    await using full = await testInstance({ diskReserve: { bytes: 2 ** 60 } });
    const place = await testOrganization(full);
    const to = await testComponent(full, place, { container: 'docs' }, {});
    const into = await testWorkflow(full, place, to);
    const key = await testSecret(full, place, 'SHOP_KEY', HOOK_KEY);
    const token = newToken('upload');
    const webhook = await testTrigger(full, place, into, { ...HOOK, signature: 'holdfast' }, { secret: key });
    const upload = await testTrigger(full, place, into, UPLOAD, { token });
    const at = await full.plane.server.listen({ host: '127.0.0.1', port: 0 });
    const answers = [
      await fetch(`${at}/hooks/${place.slug}/${webhook}`, { method: 'POST', body: BODY, headers: signed() }),
      await fetch(`${at}/uploads/${place.slug}/${upload}?name=a`, { method: 'POST', body: 'one', headers: { 'x-api-key': token } }),
      await fetch(`${at}/uploads/${place.slug}/${upload}?name=a`, { method: 'POST', headers: { 'x-api-key': token } }),
    ];
    for (const answer of answers) {
      assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [507, 'storage_full']);
    }
    for (const table of ['document', 'document_chunk', 'run'] as const) {
      assert.deepEqual(await full.owner.selectFrom(table).select('organization_id').execute(), [], table);
    }
  });

  it('says the same when PostgreSQL itself finds no space', async () => {
    await using instance = await testInstance();
    const place = await testOrganization(instance);
    const into = await testWorkflow(instance, place, await testComponent(instance, place, { container: 'docs' }, {}));
    const key = await testSecret(instance, place, 'SHOP_KEY', HOOK_KEY);
    const webhook = await testTrigger(instance, place, into, { ...HOOK, signature: 'holdfast' }, { secret: key });
    const at = await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
    await sql`create function no_space() returns trigger language plpgsql as $$ begin
      raise exception 'meant to fail' using errcode = '53100'; end $$`.execute(instance.owner);
    await sql`create trigger no_space before insert on holdfast.document_chunk for each row execute function no_space()`.execute(
      instance.owner,
    );
    const reply = await send(`${at}/hooks/${place.slug}/${webhook}`, BODY, { 'content-type': 'application/json', ...signed() });
    assert.deepEqual([reply.status, reply.json.code], [507, 'storage_full']);
  });
});
