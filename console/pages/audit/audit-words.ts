import type { AuditEventRow } from '@holdfast/api';
import type { AuditAction } from '@holdfast/audit/actions';
import { capitalized } from '../../ui/capitalized.ts';
import type { Tone } from '../../ui/tone.ts';

/** How events of the audit are said in words: without words for each of them this does not compile. */
const ACTION_WORDS: Readonly<Record<AuditAction, string>> = {
  'instance.set-up': 'set up the instance',
  'instance.restore': 'restored a backup of',
  'session.sign-in': 'signed in',
  'session.sign-out': 'signed out',
  'session.revoke': 'ended sessions of',
  'account.change-email': 'changed the e-mail address of',
  'account.change-password': 'changed the password of',
  'account.rename': 'changed the name of an account to',
  'account.reset-asked': 'had a link for a new password mailed to',
  'account.link': 'made an account link for',
  'account.reset': 'set a new password for',
  'organization.create': 'created the organization',
  'organization.rename': 'renamed the organization to',
  'organization.set-retention': 'changed how long runs and documents are kept in',
  'organization.set-destination-mode': 'changed how destinations are checked in',
  'organization.delete': 'asked for the deletion of the organization',
  'organization.cancel-deletion': 'kept the organization, which was to be deleted:',
  'organization-key.request-rotation': 'asked for a new sealing key in place of',
  'organization-key.rotate': 'made a new sealing key:',
  'organization-key.finish-rotation': 'sealed every value again under the new key,',
  'organization-key.destroy': 'destroyed the former sealing key,',
  'secret.re-seal': 'sealed again under the new key:',
  'organization-key.create': 'made the organization’s key pair',
  'member.invite': 'invited',
  'member.join': 'joined',
  'member.decline-invitation': 'declined the invitation of',
  'member.withdraw-invitation': 'withdrew the invitation of',
  'member.change-role': 'changed the role of',
  'member.leave': 'left the organization:',
  'member.remove': 'removed the member',
  'token.create': 'made the token',
  'token.revoke': 'revoked the token',
  'secret.create': 'created the secret',
  'secret.replace': 'replaced the value of',
  'secret.update': 'changed the details of',
  'secret.delete': 'deleted the secret',
  'secret.rebind': 'moved what uses it to another secret:',
  'secret.use': 'began to use',
  'secret.use-outcome': 'used',
  'secret-request.create': 'asked for the secret',
  'secret-request.decline': 'declined the request for the secret',
  'secret-request.fulfil': 'fulfilled the request for the secret',
  'secret-request.withdraw': 'withdrew the request for the secret',
  'project.create': 'created the project',
  'project.update': 'changed the project',
  'project.delete': 'deleted the project',
  'component.create': 'created the component',
  'destination.approve': 'approved a destination of',
  'destination.observe': 'would have been refused a destination of',
  'destination.refuse': 'refused a destination of',
  'destination.request': 'asked for a destination of',
  'destination.revoke': 'revoked a destination of',
  'document.expire': 'removed documents that no run took, of',
  'document.download': 'downloaded a document of',
  'document.upload': 'uploaded documents to',
  'component.update': 'changed the component',
  'component.delete': 'deleted the component',
  'component.test': 'tested the component',
  'trigger.create': 'added the trigger',
  'trigger.delete': 'deleted the trigger',
  'trigger.refuse': 'sent what was not accepted to the trigger',
  'trigger.replace-token': 'replaced the token of the trigger',
  'trigger.update': 'changed the trigger',
  'workflow.create': 'created the workflow',
  'workflow.update': 'changed the workflow',
  'workflow.set-retention': 'changed how long runs are kept of the workflow',
  'workflow.limit': 'changed limits of the workflow',
  'workflow.delete': 'deleted the workflow',
  'workflow.discard-draft': 'discarded the draft of',
  'workflow.publish': 'published a version of',
  'workflow.restore-version': 'took an older version as the draft of',
  'run.start': 'started the run',
  'run.expire': 'removed runs whose time was over, of',
  'run.expire-log': 'removed logs whose time was over, of',
  'run.retry': 'took up again the run',
  'run.cancel': 'cancelled the run',
  'run.finish': 'finished the run',
  'audit.export': 'exported the audit',
  'record.accept': 'accepted the record as it was:',
};

/** What somebody did, in the past tense, as it stands after their name. */
export function actionWords({ action, outcome }: Pick<AuditEventRow, 'action' | 'outcome'>): string {
  if (action === 'secret.use' && outcome === 'refused') return 'was refused the use of';
  if (action === 'secret.use-outcome' && outcome === 'failed') return 'tried to use';
  return wordsOf(action) ?? `recorded “${action.replaceAll(/[.-]/g, ' ')}” for`;
}

/** For the filter: "Replaced the value", of an action that stands before a name in a sentence. */
export function actionLabel(action: string): string {
  if (action === 'secret.use-outcome' || action === 'secret.use') return 'Used a secret';
  const words = wordsOf(action) ?? action.replaceAll(/[.-]/g, ' ');
  return capitalized(words.replace(/(?: as it was)?:$|,? (?:of|for|to)$/, ''));
}

/** Both halves of a use are one choice of the filter. */
export function actionChoices(actions: readonly string[]): { value: string; label: string }[] {
  const choices = new Map<string, string[]>();
  for (const action of actions) {
    const label = actionLabel(action);
    choices.set(label, [...(choices.get(label) ?? []), action]);
  }
  return [...choices]
    .map(([label, values]) => ({ label, value: values.sort().join(',') }))
    .sort((one, other) => one.label.localeCompare(other.label));
}

/**
 * A console that is older than its server, or an entry that was written beside Holdfast, has actions without
 * words.
 */
function wordsOf(action: string): string | undefined {
  return Object.hasOwn(ACTION_WORDS, action) ? ACTION_WORDS[action as AuditAction] : undefined;
}

export const OUTCOME_WORDS: Record<AuditEventRow['outcome'], string> = {
  intent: 'Not finished',
  success: 'Succeeded',
  refused: 'Refused',
  failed: 'Failed',
};

/** "notTried" as people read it: "Not tried". */
export function fieldWords(field: string): string {
  return capitalized(field.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
}

/** Only what somebody should look at has a colour. */
export const OUTCOME_TONES: Record<AuditEventRow['outcome'], Tone> = {
  intent: 'quiet',
  success: 'quiet',
  refused: 'warn',
  failed: 'bad',
};
