import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressRefusal, dialledAddress } from './addresses.ts';

const REFUSED: readonly (readonly [string, string])[] = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'the far end of loopback'],
  ['0.0.0.0', 'this host'],
  ['0.1.2.3', 'this network'],
  ['10.0.0.1', 'RFC 1918'],
  ['172.16.0.1', 'RFC 1918'],
  ['172.31.255.255', 'RFC 1918'],
  ['192.168.1.1', 'RFC 1918'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['100.100.100.200', 'a metadata service'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', 'the metadata service'],
  ['168.63.129.16', "Azure's own service on a public address"],
  ['192.0.0.192', 'a metadata service'],
  ['192.0.2.1', 'documentation'],
  ['198.18.0.1', 'benchmarking'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.7', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'v4-mapped loopback'],
  ['::ffff:7f00:1', 'v4-mapped loopback in hexadecimal'],
  ['::ffff:169.254.169.254', 'v4-mapped metadata'],
  ['::ffff:0:10.0.0.1', 'v4-translated'],
  ['::127.0.0.1', 'v4-compatible'],
  ['64:ff9b::7f00:1', 'NAT64 of loopback'],
  ['64:ff9b::169.254.169.254', 'NAT64 of metadata'],
  ['64:ff9b:1::10.0.0.1', 'local NAT64'],
  ['2002:7f00:1::', '6to4 of loopback'],
  ['2002:a9fe:a9fe::1', '6to4 of metadata'],
  ['2001:0:53aa:64c:0:0:80ff:fffe', 'Teredo'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local with a zone'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', 'metadata'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'documentation'],
  ['3fff::1', 'documentation'],
  ['100::1', 'discard'],
  ['4000::1', 'not assigned'],
  ['2130706433', 'decimal, which no resolver answers'],
  ['0177.0.0.1', 'octal, which no resolver answers'],
  ['0x7f.1', 'hexadecimal, which no resolver answers'],
  ['127.1', 'short, which no resolver answers'],
  ['example.com', 'not an address'],
  ['', 'nothing'],
];

const PUBLIC = ['20.60.40.1', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'];

describe('an address', () => {
  for (const [address, why] of REFUSED) {
    it(`${address || '(empty)'} is refused: ${why}`, () => assert.notEqual(addressRefusal(address), undefined));
  }
  for (const address of PUBLIC) {
    it(`${address} is public`, () => assert.equal(addressRefusal(address), undefined));
  }
  it('wrapped in IPv6 is normalised to the IPv4 address that packets go to', () => {
    assert.equal(dialledAddress('::ffff:a00:1'), '10.0.0.1');
    assert.equal(dialledAddress('64:ff9b::a00:1'), '10.0.0.1');
    assert.equal(dialledAddress('[2002:a00:1::]'), '10.0.0.1');
  });
});
