/**
 * Which process may record something: each plane has a database role of its own, and the operator is the
 * database's owner.
 */
export const RECORDERS = ['control', 'data', 'operator'] as const;
export type Recorder = (typeof RECORDERS)[number];

/**
 * Every action of the record, and who may record it. An entry with another action, or by another recorder,
 * does not verify: somebody who holds the control plane's role cannot record a use, and the data plane cannot
 * record a change of a secret.
 */
export const ACTIONS = {
  'account.change-email': 'control',
  'account.change-password': 'control',
  'account.link': 'control',
  'account.rename': 'control',
  'account.reset': 'control',
  'account.reset-asked': 'control',
  'audit.export': 'control',
  'component.create': 'control',
  'component.delete': 'control',
  'component.test': 'control',
  'component.update': 'control',
  'destination.approve': 'control',
  'destination.observe': 'data',
  'destination.refuse': 'control',
  'destination.request': 'control',
  'destination.revoke': 'control',
  // One that lies in a bucket is handed out by the data plane.
  'document.download': ['control', 'data'],
  'document.expire': 'data',
  'document.upload': 'control',
  'instance.restore': 'operator',
  'instance.set-up': 'control',
  'member.change-role': 'control',
  'member.decline-invitation': 'control',
  'member.invite': 'control',
  'member.join': 'control',
  'member.leave': 'control',
  'member.remove': 'control',
  'member.withdraw-invitation': 'control',
  'organization.cancel-deletion': 'control',
  'organization.create': 'control',
  'organization.delete': 'control',
  'organization.rename': 'control',
  'organization.set-destination-mode': 'control',
  'organization.set-retention': 'control',
  'organization-key.create': 'data',
  'organization-key.destroy': 'data',
  'organization-key.finish-rotation': 'data',
  'organization-key.request-rotation': 'control',
  'organization-key.rotate': 'data',
  'project.create': 'control',
  'project.delete': 'control',
  'project.update': 'control',
  'record.accept': 'data',
  'run.cancel': 'control',
  'run.expire': 'data',
  'run.expire-log': 'data',
  'run.finish': 'data',
  'run.retry': 'control',
  // A person starts a run in the control plane, a trigger in the data plane.
  'run.start': ['control', 'data'],
  'secret-request.create': 'control',
  'secret-request.decline': 'control',
  'secret-request.fulfil': 'control',
  'secret-request.withdraw': 'control',
  'secret.create': 'control',
  'secret.delete': 'control',
  'secret.rebind': 'control',
  'secret.re-seal': 'data',
  'secret.replace': 'control',
  'secret.update': 'control',
  'secret.use': 'data',
  'secret.use-outcome': 'data',
  'session.revoke': 'control',
  'session.sign-in': 'control',
  'session.sign-out': 'control',
  'token.create': 'control',
  'token.revoke': 'control',
  'trigger.create': 'control',
  'trigger.delete': 'control',
  'trigger.refuse': 'data',
  'trigger.replace-token': 'control',
  'trigger.update': 'control',
  'workflow.create': 'control',
  'workflow.delete': 'control',
  'workflow.discard-draft': 'control',
  'workflow.limit': 'control',
  'workflow.publish': 'control',
  'workflow.restore-version': 'control',
  'workflow.set-retention': 'control',
  'workflow.update': 'control',
} as const satisfies Record<string, Recorder | readonly Recorder[]>;

export type AuditAction = keyof typeof ACTIONS;

/** Whether a process, by the name of its database role, may record an action. */
export function mayRecord(action: AuditAction, recorder: string): boolean {
  const recorders: Recorder | readonly Recorder[] = ACTIONS[action];
  return typeof recorders === 'string' ? recorders === recorder : recorders.some((each) => each === recorder);
}

/** Whether a text is an action that this version knows. */
export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(ACTIONS, text);
}
