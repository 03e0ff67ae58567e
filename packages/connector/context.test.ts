import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConnectorContext, ConnectorError, connectorErrorIn, explainNetworkError, isUntrustedAuthority, onceForUse } from './index.ts';

const WHERE = { host: 'db.example:5432', hostname: 'db.example' };
const context = () => ({}) as ConnectorContext;

describe('what is made once for a use', () => {
  it('is the same for its other documents, and another for another use', () => {
    let made = 0;
    const numberOf = onceForUse((_context, text: string) => `${text} ${++made}`);
    const [one, two] = [context(), context()];
    assert.deepEqual([numberOf(one, 'a'), numberOf(one, 'b'), numberOf(two, 'c')], ['a 1', 'a 1', 'c 2']);
  });

  it('is made again when it could not be made', async () => {
    let attempts = 0;
    const connected = onceForUse(async () => {
      if (++attempts === 1) throw new Error('lost');
      return attempts;
    });
    const use = context();
    await assert.rejects(connected(use), /lost/);
    assert.equal(await connected(use), 2);
    assert.equal(await connected(use), 2);
  });
});

describe('an error that an SDK wrapped', () => {
  const inner = new ConnectorError('address_refused', 'It leads to a private address.');

  it('is found in its causes and in several errors at once', () => {
    assert.equal(connectorErrorIn(new Error('Connection error.', { cause: new TypeError('fetch failed', { cause: inner }) })), inner);
    assert.equal(connectorErrorIn(new AggregateError([new Error('one'), inner])), inner);
    assert.equal(explainNetworkError(new Error('x', { cause: inner }), WHERE), inner);
  });

  it('is not looked for without an end', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    assert.equal(connectorErrorIn(ring), undefined);
    assert.equal(connectorErrorIn('text'), undefined);
  });

  it('is else explained by its code, and never by its message', () => {
    const lost = Object.assign(new Error('hunter22'), { code: 'ECONNRESET' });
    assert.equal(explainNetworkError(lost, WHERE).message, 'The connection to db.example:5432 was lost (ECONNRESET).');
    assert.equal(explainNetworkError(lost, WHERE).retryable, true);
    assert.equal(explainNetworkError(lost, WHERE).mayHaveArrived, false);
    assert.equal(explainNetworkError(lost, WHERE, { sent: true }).mayHaveArrived, true);
    const untrusted = explainNetworkError(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }), WHERE);
    assert.match(untrusted.message, /no certificate that this server trusts/);
    assert.equal(untrusted.retryable, false);
  });

  it('has the remedy of what happened, whether an option or a value names the host', () => {
    const of = (code: string) => explainNetworkError(Object.assign(new Error('x'), { code }), WHERE);
    assert.match(of('ENOTFOUND').remedy ?? '', /^Check the host or account in the option or value/);
    for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']) {
      assert.match(of(code).remedy ?? '', /NODE_EXTRA_CA_CERTS/, code);
      assert.equal(isUntrustedAuthority(of(code)), true, code);
    }
    for (const [code, remedy] of [
      ['CERT_HAS_EXPIRED', /^Renew the certificate/],
      ['CERT_NOT_YET_VALID', /^Set the clock/],
      ['ERR_TLS_CERT_ALTNAME_INVALID', /is for another name/],
      ['ERR_SSL_WRONG_VERSION_NUMBER', /^Check the port/],
      ['EPROTO', /^Check the port/],
    ] as const) {
      assert.match(of(code).remedy ?? '', remedy, code);
      assert.equal(of(code).retryable, false, code);
      assert.equal(isUntrustedAuthority(of(code)), false, code);
    }
    assert.equal(of('EPROTO').message, 'db.example:5432 does not speak TLS, or none that is still safe (EPROTO).');
  });
});
