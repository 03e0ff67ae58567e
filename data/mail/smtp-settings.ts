import type { SmtpUrl } from '@holdfast/settings';
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

/** How the server of the setting HOLDFAST_SMTP_URL is spoken to. */
export function smtpSettings({ host, port, tls, user, password, sender }: SmtpUrl): SmtpSettings {
  return { host, port, security: tls ? 'tls' : isThisMachine(host) ? 'plain' : 'starttls', user, password, sender };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}
