import {
  type HookSignature,
  SOURCES_FOR_TRIGGERS,
  type Trigger,
  type TriggerKind,
  type Workflow,
  type WorkflowSource,
} from '@holdfast/api';

interface KindWords {
  readonly name: string;
  readonly what: string;
  /** What a workflow has to read for it. */
  readonly needs: string;
}

export const KIND_WORDS: Readonly<Record<TriggerKind, KindWords>> = {
  cron: { name: 'Schedule', what: 'Starts a run at certain times.', needs: 'for a folder or a connector' },
  webhook: {
    name: 'Webhook',
    what: 'A service sends signed requests; the body of each is a document.',
    needs: 'for uploaded files',
  },
  poll: {
    name: 'New documents',
    what: 'Asks the connector now and then, and starts a run when there is something new.',
    needs: 'for a connector',
  },
  upload: {
    name: 'Upload address',
    what: 'Everyone with the token can send files, which start a run at once.',
    needs: 'for uploaded files',
  },
};

/** What is meant most often first. */
const ORDER: readonly TriggerKind[] = ['upload', 'webhook', 'cron', 'poll'];
/** Of a connector whose new documents are read. */
const ORDER_FOR_NEW: readonly TriggerKind[] = ['poll', 'cron'];

/** The triggers that can start runs of a workflow with these sources; those for the first source first. */
export function kindsFor(sources: Workflow['sources']): TriggerKind[] {
  const fits = (source: WorkflowSource) => {
    const order = source.kind === 'component' && source.documents === 'new' ? ORDER_FOR_NEW : ORDER;
    return order.filter((kind) => SOURCES_FOR_TRIGGERS[kind].includes(source.kind));
  };
  return [...new Set(sources.flatMap(fits))];
}

export const SIGNATURE_WORDS: Readonly<Record<HookSignature, string>> = {
  holdfast: 'Holdfast (X-Holdfast-Signature)',
  github: 'GitHub (X-Hub-Signature-256)',
  stripe: 'Stripe (Stripe-Signature)',
  'standard-webhooks': 'Standard Webhooks (webhook-signature)',
};

/** Asked before a dialog with a token is closed otherwise than by its button. */
export const TOKEN_SHOWN_ONCE = {
  title: 'Close without the token?',
  text: 'It is shown only once. If you have not copied it, make a new one.',
  leave: 'Close',
};

/** What a trigger does, in one line. */
export function settingsInWords({ settings }: Pick<Trigger, 'settings'>): string {
  switch (settings.kind) {
    case 'cron':
      return `${settings.expression} in ${settings.timeZone}`;
    case 'poll':
      return `Every ${settings.everyMinutes === 1 ? 'minute' : `${settings.everyMinutes} minutes`}`;
    case 'webhook':
      return `Signed as ${SIGNATURE_WORDS[settings.signature]}${settings.secretName === null ? '' : `, with ${settings.secretName}`}`;
    case 'upload':
      return settings.expiresAt === null ? 'Until its token is replaced' : `Until ${settings.expiresAt.slice(0, 10)}`;
  }
}

/** How it ended last, after its time. */
export function outcomeInWords({ outcome }: NonNullable<Trigger['last']>): string {
  switch (outcome) {
    case 'started':
      return 'started';
    case 'repeated':
      return 'sent again, nothing started twice';
    case 'nothing-new':
      return 'nothing new';
    case 'under-way':
      return 'waited, its run is under way';
    case 'missed':
      return 'missed, left out';
    case 'refused':
      return 'refused a request';
    case 'failed':
      return 'could not start';
  }
}

/** A moment as the clocks of a zone show it. */
export function timeIn(time: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(undefined, {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...(timeZone !== undefined && { timeZone }),
  }).format(new Date(time));
}
