import { ConfigurationError } from '@holdfast/service';
import ipaddr from 'ipaddr.js';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte. `starttls`: nothing is sent before TLS. `plain`: only to this very machine. */
  readonly security: 'tls' | 'starttls' | 'plain';
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The address that mails come from. */
  readonly sender: string;
}

const ADDRESS = /^[^\s@<>"',;]+@[^\s@<>"',;]+$/;

/**
 * Reads HOLDFAST_SMTP_URL: `smtps://user:password@host:465?from=address` (TLS from the start), or `smtp://…:587` (STARTTLS, which is demanded
 * but of a server on this machine).
 *
 * @throws ConfigurationError that says what is wrong and repeats nothing of it, since it holds a password.
 */
export function parseSmtpUrl(text: string): SmtpSettings {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) throw unreadable();
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'from');
  if (unknown !== undefined) throw unreadable(`It knows no parameter but “from”.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = url.username === '' ? undefined : decodeURIComponent(url.username);
  const sender = url.searchParams.get('from') ?? user ?? '';
  if (!ADDRESS.test(sender)) throw unreadable('Add “?from=” with the address that mails come from.');
  return {
    host,
    port: url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port),
    security: url.protocol === 'smtps:' ? 'tls' : isThisMachine(host) ? 'plain' : 'starttls',
    user,
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    sender,
  };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}

function unreadable(more = ''): ConfigurationError {
  return new ConfigurationError(
    `HOLDFAST_SMTP_URL is not smtps://user:password@host:465?from=address, nor the same with smtp and 587. ${more}`.trim(),
  );
}
