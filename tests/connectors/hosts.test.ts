import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPlainOptions, configuredDestinations, sensitiveOptions } from '@holdfast/configuration';
import { ConnectorError, type Options } from '@holdfast/connector';
import { namedDestinations } from '@holdfast/envelope';
import { connectors } from '../../data/connectors.ts';
import { EXAMPLES } from './examples.ts';

/** As somebody writes them, and as they are dialled; `undefined`: nothing may be sent there. */
const HOSTS: readonly (readonly [written: string, dialled: string | undefined])[] = [
  ['Service.Example.com', 'service.example.com'],
  ['127.1', '127.0.0.1'],
  ['0x7f.1', '127.0.0.1'],
  ['[2001:DB8:0:0::1]', '[2001:db8::1]'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ['under_score.example', undefined],
  [`${'a'.repeat(64)}.example`, undefined],
  [`${'abcdefghi.'.repeat(25)}example`, undefined],
  ['two..dots.example', undefined],
];

/** The options of a type with another host in them. */
function withHost(options: Options, host: string): Options {
  if ('host' in options) return { ...options, host };
  const moved = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll(/(?<=:\/\/(?:[^/]*@)?)127\.0\.0\.1/g, host) : value,
  ]);
  return Object.fromEntries(moved);
}

for (const connector of connectors.values()) {
  const { type, destinations } = connector;
  const { options } = EXAMPLES[type.type]?.(4711) ?? assert.fail(`No example of ${type.type}.`);
  const sensitive = sensitiveOptions(type);
  const plainOf = (all: Options) => Object.fromEntries(Object.entries(all).filter(([name]) => !sensitive.includes(name)));
  const isNamedByValue = configuredDestinations(type, plainOf(options)).length === 0;

  describe(`the host of ${type.type}`, () => {
    const spellings = 'host' in options ? [...HOSTS, ['2001:db8::1', '[2001:db8::1]'] as const] : HOSTS;
    for (const [written, named] of spellings) {
      // A bucket is no part of an address.
      const dialled = type.type.startsWith('s3-') && written.startsWith('[') ? undefined : named;
      it(`${written.slice(0, 30)} is ${dialled === undefined ? 'refused' : 'the same'} when it is saved and when it is used`, () => {
        const moved = withHost(options, written);
        assert.notDeepEqual(moved, options);
        const faults = checkPlainOptions(type, plainOf(moved));
        const destined = isNamedByValue
          ? sensitive.flatMap((option) => namedDestinations(String(moved[option] ?? '')))
          : configuredDestinations(type, plainOf(moved));
        if (dialled === undefined) {
          if (faults.length === 0) assert.deepEqual(destined, []);
          assert.throws(
            () => destinations(moved),
            (error) => error instanceof ConnectorError && error.code === 'option_invalid' && !error.message.includes(written),
          );
          if (isNamedByValue) return;
          assert.equal(faults.length, 1);
          assert.match(faults[0]?.detail ?? '', /letters, digits|URL with http|at most 253 characters/);
          assert.ok(faults[0]?.option !== undefined && faults[0].option in plainOf(options));
          return;
        }
        assert.deepEqual(faults, []);
        const used = destinations(moved);
        assert.ok(
          used.every((destination) => destination.endsWith(`//${dialled}:4711`)),
          String(used),
        );
        assert.deepEqual(destined, [...used]);
      });
    }
  });
}
