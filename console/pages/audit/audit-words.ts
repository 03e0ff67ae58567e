import type { AuditEventRow } from '@holdfast/api';
import type { Tone } from '../../ui/tag.tsx';

/** How events of the audit are said in words. An action that has no words here shows as it is recorded. */
const ACTION_WORDS: Readonly<Record<string, string>> = {
  'instance.set-up': 'set up the instance',
  'session.sign-in': 'signed in',
  'session.sign-out': 'signed out',
  'organization.create': 'created the organization',
  'organization-key.create': 'made the organization’s key pair',
  'member.invite': 'invited',
  'member.join': 'joined',
  'member.change-role': 'changed the role of',
  'member.remove': 'removed the member',
  'token.create': 'made the token',
  'token.revoke': 'revoked the token',
  'secret.create': 'created the secret',
  'secret.replace': 'replaced the value of',
  'secret.update': 'changed the details of',
  'secret.delete': 'deleted the secret',
  'secret.rebind': 'moved what uses it to another secret:',
  'secret.use': 'is about to use',
  'secret.use-outcome': 'used',
  'project.create': 'created the project',
  'project.update': 'changed the project',
  'project.delete': 'deleted the project',
  'component.create': 'created the component',
  'component.update': 'changed the component',
  'component.delete': 'deleted the component',
  'component.test': 'tested the component',
  'workflow.create': 'created the workflow',
  'workflow.update': 'changed the workflow',
  'workflow.delete': 'deleted the workflow',
  'run.start': 'started the run',
  'run.cancel': 'cancelled the run',
  'run.finish': 'finished the run',
  'audit.export': 'exported the audit',
};

export function actionWords(action: string): string {
  return ACTION_WORDS[action] ?? action;
}

export const OUTCOME_TONES: Record<AuditEventRow['outcome'], Tone> = {
  intent: 'accent',
  success: 'good',
  refused: 'warn',
  failed: 'bad',
};
