import { withoutBrackets } from '@holdfast/envelope';
import { z } from 'zod';
import type { TextSchema } from './text.ts';

/** The operator's mail server. */
export interface SmtpUrl {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether TLS begins with the first byte; otherwise by STARTTLS. */
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The address that mails come from. */
  readonly sender: string;
}

const FORM = 'Write smtps://user:password@host:465?from=address, or the same with smtp and 587.';
const ADDRESS = /^[^\s@<>"',;]+@[^\s@<>"',;]+$/;

/** Its issues repeat nothing of the text, since it holds a password. */
export const smtpUrl: TextSchema<SmtpUrl> = z.string().transform((given, context): SmtpUrl => {
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) return refuse(FORM);
  if ([...url.searchParams.keys()].some((name) => name !== 'from')) return refuse(`${FORM} It knows no parameter but “from”.`);
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (user === null || password === null) return refuse(`${FORM} Percent-encode special characters in user and password.`);
  const sender = url.searchParams.get('from') ?? user ?? '';
  if (!ADDRESS.test(sender)) return refuse(`${FORM} Add “?from=” with the address that mails come from.`);
  return {
    host: withoutBrackets(url.hostname),
    port: url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port),
    tls: url.protocol === 'smtps:',
    user,
    password,
    sender,
  };
});

/** `null` when it is not percent-encoded. */
function decoded(part: string): string | undefined | null {
  try {
    return part === '' ? undefined : decodeURIComponent(part);
  } catch {
    return null;
  }
}
