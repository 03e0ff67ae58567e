import { type AccountMailKind, LATEST_TIME } from '@holdfast/db/data';
import { logEvent } from '@holdfast/service';
import { sql } from 'kysely';
import type { MailDependencies } from './invitation-mail.ts';
import { shownAddress, shownName, shownReason, shownTime } from './mail-words.ts';
import { MailError } from './mailer.ts';
import { makeLinkToken } from './make-link-token.ts';

/** Who was sent a mail is not kept for longer. */
const KEPT = '8 days';

/**
 * Sends a mail to the holder of an account. Nothing happens when it was sent already, when its link is over,
 * when it is older than a day, or when it says what its recipient may not know any more: who is no owner or
 * admin now, or has another address.
 *
 * @throws MailError when it is to be tried again.
 */
export async function sendAccountMail({ db, mailer, logger }: MailDependencies, job: { readonly mailId: string }): Promise<void> {
  const mail = await db
    .selectFrom('account_mail')
    .selectAll()
    .where('id', '=', job.mailId)
    .where('sent_at', 'is', null)
    .where('created_at', '>', sql<Date>`${LATEST_TIME} - interval '1 day'`)
    .where(sql<boolean>`is_still_addressed(id)`)
    .executeTakeFirst();
  if (mail === undefined) return;
  const token = mail.link_id === null ? undefined : await makeLinkToken(db, mail.link_id);
  if (mail.link_id !== null && token === undefined) return;
  const ended = (set: { sent_at?: Date; failure: string | null }) =>
    db.updateTable('account_mail').set(set).where('id', '=', mail.id).execute();
  const release = token === undefined ? undefined : logger.protect(token);
  try {
    const link = token === undefined ? '' : `${mail.console_url}/account-link#${token}`;
    await mailer.send({ to: mail.recipient, ...wordsOf(mail.kind, mail.detail, link, mail.console_url) });
    await ended({ sent_at: new Date(), failure: null });
    await db
      .deleteFrom('account_mail')
      .where('created_at', '<', sql<Date>`now() - ${sql.lit(KEPT)}::interval`)
      .execute();
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    await ended({ failure: error.message });
    logEvent(logger, 'account_mail.not_sent', { kind: mail.kind, error });
    if (error.retryable) throw error;
  } finally {
    release?.();
  }
}

type Detail = Readonly<Record<string, string>>;

function wordsOf(kind: AccountMailKind, detail: Detail, link: string, consoleUrl: string): { subject: string; text: string } {
  const [subject, lines] = WORDS[kind](detail, link, consoleUrl);
  return { subject, text: [`Hello ${shownName(detail.name ?? '')},`, '', ...lines, ''].join('\n') };
}

const NOT_YOU =
  'If that was not you, set another password now (“Forgot your password?” on the sign-in page), and tell who runs your Holdfast.';

/** Of what waits for owners and admins; of a delayed mail also why, and what it stands for. */
function furtherLines({ others, slug }: Detail, consoleUrl: string): string[] {
  const further = 'Further requests are listed there too. While one waits, you get no mail about others.';
  if (others === undefined) return [further];
  const meanwhile = others === '0' ? 'nothing else was' : others === '1' ? 'one other was' : `${others} others were`;
  return [
    further,
    '',
    `You had six of these mails within an hour, so this one was kept until now; ${meanwhile} asked for meanwhile.`,
    'What was withdrawn since is not listed any more, and stands in the record:',
    '',
    `${consoleUrl}/organizations/${slug}/audit`,
  ];
}

/** In observe mode a use goes on although nobody has approved where it sends. */
function destinationLines(detail: Detail): [string, string] {
  const [by, component] = [shownName(detail.by ?? ''), `the component “${shownName(detail.component ?? '')}”`];
  const place = shownAddress(detail.destination ?? '');
  switch (detail.occasion) {
    case 'refused':
      return [
        `A use of ${component}, for ${by}, would have sent ${detail.secret} to`,
        `${place}. Nobody has approved that yet, so it was stopped, and nothing was sent.`,
      ];
    case 'observed':
      return [
        `A use of ${component}, for ${by}, has sent ${detail.secret} to`,
        `${place}. Nobody has approved that. Your organization only observes destinations, so it was not stopped.`,
      ];
    case 'replaced':
      return [
        `${by} has put ${detail.secret} in the place of another secret, and ${component} sends it to`,
        `${place}. Nobody has approved that yet, and until then nothing is sent.`,
      ];
    default:
      return [
        `${by} has saved ${component}, which sends ${detail.secret} to`,
        `${place}. Nobody has approved that yet, and until then nothing is sent.`,
      ];
  }
}

const WORDS: Readonly<Record<AccountMailKind, (detail: Detail, link: string, consoleUrl: string) => [string, string[]]>> = {
  reset: (detail, link) => [
    'Set a new password for Holdfast',
    [
      `Somebody asked for a new password of your account on Holdfast, at ${shownTime(detail.at)}, from ${detail.from ?? 'an unknown address'}.`,
      '',
      'To set one, open this link:',
      '',
      link,
      '',
      'It works once, within 30 minutes of that time. Anybody who has it can sign in as you, so give it to nobody.',
      'If you did not ask for it, ignore this: your password stays as it is.',
    ],
  ],
  'email-proof': (detail, link) => [
    'Confirm your new address for Holdfast',
    [
      'An account on Holdfast is to have this e-mail address. To confirm it, open this link:',
      '',
      link,
      '',
      `It works once, within 24 hours of ${shownTime(detail.at)}.`,
      'If you do not expect this, ignore it: nothing happens without you.',
    ],
  ],
  'email-asked': (detail, _link, consoleUrl) => [
    'Your address on Holdfast is about to change',
    [
      `At ${shownTime(detail.at)}, from ${detail.from ?? 'an unknown address'}, you asked for ${detail.email} as the address of your account on`,
      'Holdfast. It takes its place as soon as the link that was sent there is opened.',
      '',
      `If that was not you, sign in at ${consoleUrl}, open Account, keep your address there, and change your password.`,
    ],
  ],
  'email-changed': (detail) => [
    'Your address on Holdfast has changed',
    [
      `Since ${shownTime(detail.at)} the address of your account on Holdfast is ${detail.email}. You sign in with it from now on; this address`,
      'is sent nothing more.',
      '',
      'If that was not you, tell who runs your Holdfast at once: on its machine, the address can be changed back.',
    ],
  ],
  'organization-deletion': (detail, _link, consoleUrl) => [
    'An organization of yours is to be deleted',
    [
      `${shownName(detail.by ?? '')} has asked for the deletion of the organization “${shownName(detail.organization ?? '')}” on Holdfast. At`,
      `${shownTime(detail.at)} its secrets, workflows, runs, documents and its audit record are removed for good.`,
      '',
      `Until then everything goes on, and you, or any other owner, can keep it: ${consoleUrl}, under Keys & settings.`,
    ],
  ],
  'destination-requested': (detail, _link, consoleUrl) => [
    `A destination waits for you in ${shownName(detail.organization ?? '')}`,
    [
      ...destinationLines(detail),
      '',
      'To see what uses it, and to approve or refuse it, open:',
      '',
      `${consoleUrl}/organizations/${detail.slug}/destinations?state=requested`,
      '',
      ...furtherLines(detail, consoleUrl),
    ],
  ],
  'secret-requested': (detail, _link, consoleUrl) => [
    `A request for a secret waits for you in ${shownName(detail.organization ?? '')}`,
    [
      `${shownName(detail.by ?? '')} has asked for a secret called ${detail.secret}, for the project “${shownName(detail.project ?? '')}”.`,
      '',
      'To see what it is for, and to add it or decline, open:',
      '',
      `${consoleUrl}/organizations/${detail.slug}/secret-requests?state=waiting`,
      '',
      ...furtherLines(detail, consoleUrl),
    ],
  ],
  'secret-request-decided': (detail, _link, consoleUrl) => [
    `Your request for the secret ${detail.asked} was ${detail.secret === '' ? 'declined' : 'fulfilled'}`,
    [
      detail.secret === ''
        ? `${shownName(detail.by ?? '')} has declined your request for the secret ${detail.asked} in “${shownName(detail.organization ?? '')}”.`
        : `${shownName(detail.by ?? '')} has fulfilled your request in “${shownName(detail.organization ?? '')}”: choose the secret ${detail.secret} in your component.`,
      ...(detail.reason === '' ? [] : ['', `The reason: “${shownReason(detail.reason ?? '')}”`]),
      '',
      'All your requests:',
      '',
      `${consoleUrl}/organizations/${detail.slug}/secret-requests`,
    ],
  ],
  'password-changed': (detail) => [
    'Your password for Holdfast has changed',
    [
      `At ${shownTime(detail.at)}, from ${detail.from ?? 'an unknown address'}, the password of your account on Holdfast was changed. Its other`,
      'sessions have ended; your tokens stay.',
      '',
      NOT_YOU,
    ],
  ],
};
