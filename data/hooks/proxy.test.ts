import assert from 'node:assert/strict';
import http from 'node:http';
import { describe, it } from 'node:test';
import { newToken } from '@holdfast/api';
import { trustedProxies } from '@holdfast/endpoints';
import { BODY, HOOK, HOOK_KEY, signed, UPLOAD } from '../testing/deliveries.ts';
import { testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { auditOf } from '../testing/runs.ts';
import { testTrigger, testWorkflow } from '../testing/triggers.ts';

describe('a data plane behind a proxy', { concurrency: false }, () => {
  it('records the address that the proxy names, when the proxy is trusted, and else the connection’s', async () => {
    for (const [trusted, recorded] of [
      ['127.0.0.1', '203.0.113.7'],
      ['192.0.2.1', '127.0.0.1'],
      [undefined, '127.0.0.1'],
    ] as const) {
      await using behind = await testInstance({
        trustedProxies: trusted === undefined ? [] : trustedProxies([trusted]),
        allowedHosts: [{ name: 'hooks.example.com', port: undefined }],
      });
      const place = await testOrganization(behind);
      const into = await testWorkflow(behind, place, await testComponent(behind, place, { container: 'docs' }, {}));
      const key = await testSecret(behind, place, 'SHOP_KEY', HOOK_KEY);
      const token = newToken('upload');
      const webhook = await testTrigger(behind, place, into, { ...HOOK, signature: 'holdfast' }, { secret: key });
      const upload = await testTrigger(behind, place, into, UPLOAD, { token });
      const { port } = new URL(await behind.plane.server.listen({ host: '127.0.0.1', port: 0 }));
      const ask = (path: string, headers: Record<string, string>) =>
        new Promise<number>((resolve, reject) => {
          // The sender’s own word stands left of what the proxy adds. Host is what HOLDFAST_DATA_PUBLIC_URL
          // names.
          const forwarded = { host: 'hooks.example.com', 'x-forwarded-for': '198.51.100.1, 203.0.113.7', ...headers };
          const request = http.request({ port, host: '127.0.0.1', method: 'POST', path, headers: forwarded }, (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          });
          request.once('error', reject);
          request.end(BODY);
        });
      assert.equal(await ask(`/hooks/${place.slug}/${webhook}`, signed()), 202);
      assert.equal(await ask(`/uploads/${place.slug}/${upload}?name=a`, { 'x-api-key': token }), 202);
      assert.equal(await ask(`/hooks/${place.slug}/${webhook}`, {}), 401);
      assert.equal(await ask(`/hooks/${place.slug}/${webhook}`, { host: 'elsewhere.example.com' }), 421);
      const events = (await auditOf(behind, place)).filter(({ action }) => action === 'run.start' || action === 'trigger.refuse');
      assert.deepEqual(
        events.map(({ action, context }) => [action, context?.ip]),
        [
          ['run.start', recorded],
          ['run.start', recorded],
          ['trigger.refuse', recorded],
        ],
        trusted,
      );
    }
  });
});
