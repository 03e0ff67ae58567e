import { isLoopback, type SmtpUrl } from '@holdfast/settings';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /**
   * `tls`: from the first byte. `starttls`: nothing is sent before TLS. `plain`: only to this very machine.
   */
  readonly security: 'tls' | 'starttls' | 'plain';
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The address that mails come from. */
  readonly sender: string;
}

/** How the server of the setting HOLDFAST_SMTP_URL is spoken to. */
export function smtpSettings({ host, port, tls, user, password, sender }: SmtpUrl): SmtpSettings {
  return { host, port, security: tls ? 'tls' : isLoopback(host) ? 'plain' : 'starttls', user, password, sender };
}
