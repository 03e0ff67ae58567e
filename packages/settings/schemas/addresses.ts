import { BlockList, isIP } from 'node:net';
import { SLUG_PATTERN } from '@holdfast/api';
import { hostAndPort, withoutBrackets } from '@holdfast/envelope';
import { z } from 'zod';
import { parsedText, type TextSchema } from './text.ts';

const HIGHEST_PORT = 65_535;
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Where a server listens. `host` is without brackets. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A name or address under which a server may be asked. */
export interface AllowedHost {
  /** As written, in lower case and without brackets. */
  readonly name: string;
  /** `undefined` allows every port. */
  readonly port: number | undefined;
}

/** What the operator allows data planes to dial although it is not public. */
export type EgressRule = ({ readonly host: string; readonly port: number } | { readonly network: string }) & {
  /** The short name or the id of the one organization that it is for; every one without it. */
  readonly organization?: string;
};

/** `host:port`; an IPv6 address stands in brackets. */
export const listenAddress: TextSchema<ListenAddress> = parsedText('Write host:port, for example 127.0.0.1:7400.', (given) => {
  const [, host = '', port] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})$/i.exec(given) ?? [];
  return host === '' || Number(port) > HIGHEST_PORT ? undefined : { host: withoutBrackets(host), port: Number(port) };
});

/** Whether only programs of this machine reach an address. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return host === 'localhost' || (family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6'));
}

/** Whether what is sent to an address goes to another machine, and can be read on the way. */
export function isUnencrypted(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(withoutBrackets(hostname));
}

/**
 * The address that a browser of this machine reaches a server by; one that listens on all addresses has no
 * other name.
 */
export function addressForPeople({ host, port }: ListenAddress): string {
  return hostAndPort({ host: host === '0.0.0.0' || host === '::' ? 'localhost' : host, port });
}

/** Reads a Host header, or an entry of HOLDFAST_ALLOWED_HOSTS: a name or address with or without a port. */
export function parseHost(given: string): AllowedHost | undefined {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::([0-9]{1,5}))?$/i.exec(given) ?? [];
  if (host === undefined || Number(port ?? 0) > HIGHEST_PORT) return undefined;
  return { name: withoutBrackets(host).toLowerCase(), port: port === undefined ? undefined : Number(port) };
}

export const allowedHost: TextSchema<AllowedHost> = parsedText(
  'Write names such as holdfast.example.com or 10.0.0.5:7400, with commas between them.',
  parseHost,
);

/** An address or a CIDR network. The output is as written, without brackets and zone. */
export const network: TextSchema<string> = parsedText(
  'Write addresses or networks such as 10.1.0.0/16, with commas between them.',
  (given) => {
    const bare = withoutBrackets(given).replace(/%.*$/, '');
    return isAddress(bare) || isNetwork(bare) ? bare : undefined;
  },
);

/** `host:port`, `[ipv6]:port`, or a CIDR network; behind `organization=` for one organization. */
export const egressRule: TextSchema<EgressRule> = parsedText(
  'Write host:port, or a network such as 10.1.0.0/16, with commas between them; acme=10.1.0.0/16 is for the organization acme alone.',
  (given) => {
    const [, organization, place = ''] = /^(?:([^=]*)=)?(.*)$/.exec(given) ?? [];
    if (organization !== undefined && !SLUG_PATTERN.test(organization) && !z.uuid().safeParse(organization).success) return undefined;
    const only = organization === undefined ? {} : { organization: organization.toLowerCase() };
    if (place.includes('/')) return isNetwork(place) ? { network: place, ...only } : undefined;
    const address = listenAddress.safeParse(place).data;
    return address === undefined || address.port === 0 ? undefined : { host: address.host.toLowerCase(), port: address.port, ...only };
  },
);

/** An origin: scheme, host and port, no path, no user. */
export const origin: TextSchema<string> = parsedText('Write the origin alone, for example https://holdfast.example.', (given) => {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    return undefined;
  }
  return url.origin;
});

/**
 * Where a server is: http or https, perhaps with a path. A password in it would end up in logs, and is
 * refused.
 */
export const serviceAddress: TextSchema<string> = parsedText('Write an address such as https://holdfast.example.com.', (given) => {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
});

/** Only four decimal parts, or IPv6: other forms of IPv4 are read differently by different programs. */
function isAddress(given: string): boolean {
  return z.ipv4().safeParse(given).success || z.ipv6().safeParse(given).success;
}

function isNetwork(given: string): boolean {
  return z.cidrv4().safeParse(given).success || z.cidrv6().safeParse(given).success;
}
