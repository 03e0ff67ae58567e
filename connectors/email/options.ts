import { ConnectorError, fitsText, invalidOption, type Options, readHost } from '@holdfast/connector';
import { emailPublisherType } from './types.ts';

export interface EmailOptions {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for messages. */
  readonly shown: string;
  readonly destination: string;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const { properties } = emailPublisherType.schema;
/** Servers take 100 of one mail at least (RFC 5321, section 4.5.3.1.8). */
const RECIPIENTS_MAXIMUM = 100;

/**
 * Checked again here, because a configuration may be older than the rules.
 *
 * @throws ConnectorError `option_invalid`.
 */
export function readOptions(options: Options): EmailOptions {
  const { port = properties.port.default, security = properties.security.default, withoutTls = false } = options;
  const { user = '', password, from, to, cc = '', subject = properties.subject.default, text = properties.text.default } = options;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalidOption('Port', 'is not a number from 1 to 65535');
  if (security !== 'smtps' && security !== 'smtp') throw invalidOption('Security', 'is not one of its choices');
  const server = readHost(options.host, port, security);
  if (withoutTls === true && security === 'smtps') {
    throw new ConnectorError('option_invalid', 'The options “Security” and “Without TLS” contradict each other.', {
      remedy: 'Choose smtp for a server without TLS, or turn “Without TLS” off.',
    });
  }
  if (!fitsText(user, properties.user)) throw invalidOption('User', 'is not one line');
  if ((user === '') !== (password === undefined || password === '')) {
    throw new ConnectorError('option_invalid', `The option “${user === '' ? 'User' : 'Password'}” is empty, and the other is not.`, {
      remedy: 'Fill both in, or neither.',
    });
  }
  if (!fitsText(from, properties.from)) throw invalidOption('From', 'is not one address');
  if (!fitsText(to, properties.to)) throw invalidOption('To', 'is not a list of addresses');
  if (!fitsText(cc, properties.cc)) throw invalidOption('Copy to', 'is not a list of addresses');
  if (!fitsText(subject, properties.subject)) throw invalidOption('Subject', 'is not one line');
  if (typeof text !== 'string' || text.length > properties.text.maxLength)
    throw invalidOption('Text', 'is not a text of at most 10,000 characters');
  const recipients = { to: addressesIn(to), cc: addressesIn(cc) };
  if (recipients.to.length + recipients.cc.length > RECIPIENTS_MAXIMUM) {
    throw invalidOption('To', `and “Copy to” have more than ${RECIPIENTS_MAXIMUM} addresses`);
  }
  return {
    ...server,
    port,
    security: security === 'smtps' ? 'tls' : withoutTls === true ? 'none' : 'starttls',
    login: user === '' ? undefined : { user, password: String(password) },
    from,
    ...recipients,
    subject,
    text,
  };
}

function addressesIn(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
