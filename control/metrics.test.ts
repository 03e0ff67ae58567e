import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readControlSettings } from './config.ts';
import { testInstance } from './testing/instance.ts';

test('requests are counted by their routes, and problems by their codes, without what is in the address', async () => {
  await using instance = await testInstance({ metrics: true });
  const organization = await instance.addOrganization('metered');
  const at = '/api/organizations/metered/secrets';
  assert.equal((await instance.call('GET', at, { token: organization.owner.token })).status, 200);
  assert.equal((await instance.call('GET', `${at}/NOT_THERE`, { token: organization.owner.token })).status, 404);
  assert.equal((await instance.call('GET', at)).status, 401);
  assert.equal((await instance.call('GET', '/api/no/such/thing')).status, 404);

  const { status, text } = await instance.call('GET', '/metrics');
  assert.equal(status, 200);
  for (const line of [
    'holdfast_http_requests_total{method="GET",route="/api/organizations/:organization/secrets",status="200"} 1',
    'holdfast_http_requests_total{method="GET",route="/api/organizations/:organization/secrets",status="401"} 1',
    'holdfast_http_requests_total{method="GET",route="/api/organizations/:organization/secrets/:name",status="404"} 1',
    'holdfast_http_request_seconds_count{method="GET",route="/api/organizations/:organization/secrets"} 2',
    'holdfast_http_problems_total{code="not_found"} 2',
    'holdfast_http_problems_total{code="unauthenticated"} 1',
    'holdfast_info{plane="control",version="0.1.0"} 1',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line}\n\n${text}`);
  }
  for (const name of ['metered', 'NOT_THERE', 'no/such', organization.id]) assert.ok(!text.includes(name), name);
});

test('without metrics there is no such address', async () => {
  await using instance = await testInstance();
  const answer = await instance.call('GET', '/metrics');
  assert.ok(answer.status !== 200 && !answer.text.includes('holdfast_'), answer.text);
});

test('a plane that others reach serves no metrics, unless a setting turns them on', () => {
  const settings = (more: Record<string, string>) => readControlSettings({ DATABASE_URL: 'postgres://x', ...more }).metrics;
  assert.equal(settings({}), true);
  assert.equal(settings({ HOLDFAST_CONTROL_LISTEN: '0.0.0.0:7400' }), false);
  assert.equal(settings({ HOLDFAST_CONTROL_LISTEN: '0.0.0.0:7400', HOLDFAST_METRICS: 'on' }), true);
});
