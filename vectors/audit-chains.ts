import { sign } from 'node:crypto';
import {
  type AuditEvent,
  type BrokenExport,
  canonicalBody,
  type ExportedEvent,
  eventHash,
  exportHeader,
  exportLine,
  formatCheckpoint,
  genesisHash,
} from '@holdfast/audit';
import { toBase64url } from '@holdfast/envelope';
import { ed25519Key } from './sealed-values.ts';

/** An export as its lines, the checkpoints known of it, and what a verifier must find. */
export interface ChainVector {
  readonly name: string;
  readonly lines: readonly string[];
  readonly checkpoints: readonly string[];
  readonly expected:
    | { readonly valid: true; readonly events: number }
    | { readonly valid: false; readonly code: BrokenExport['code']; readonly sequence?: number };
}

export interface AuditChainVectors {
  readonly format: 'holdfast-audit-chain-vectors/1';
  readonly signingKey: string;
  readonly genesis: { readonly organizationId: string; readonly hash: string };
  readonly bodies: readonly { readonly event: AuditEvent; readonly canonical: string }[];
  readonly chains: readonly ChainVector[];
}

const INSTANCE = '01932c00-0000-7000-8000-000000000001';
const ORGANIZATION = '01932c00-0000-7000-8000-000000000002';
const OTHER_ORGANIZATION = '01932c00-0000-7000-8000-0000000000ff';
const EXPORTED_AT = '2026-11-24T12:00:00.000Z';
const signer = ed25519Key('signing key');
const stranger = ed25519Key('a stranger');

const EVENTS: readonly AuditEvent[] = [
  {
    action: 'organization.create',
    actor: { kind: 'system', id: null, name: 'Holdfast' },
    outcome: 'success',
    target: { kind: 'organization', id: ORGANIZATION, name: 'Acme' },
  },
  {
    action: 'secret.create',
    actor: { kind: 'member', id: '01932c00-0000-7000-8000-0000000000a1', name: 'Zoë "Z" Ω\u0007\u2028' },
    outcome: 'success',
    target: {
      kind: 'secret',
      id: '01932c00-0000-7000-8000-000000000003',
      name: 'AZURE_PUBLISH',
      versionId: '01932c00-0000-7000-8000-000000000004',
    },
    context: { ip: '203.0.113.7', userAgent: 'a browser', requestId: 'r-1' },
    commitment: { versionId: '01932c00-0000-7000-8000-000000000004', ciphertextHash: toBase64url(ed25519Key('any hash').seed) },
  },
  {
    action: 'secret.update',
    actor: { kind: 'member', id: '01932c00-0000-7000-8000-0000000000a1', name: 'Zoë' },
    outcome: 'success',
    target: { kind: 'secret', id: '01932c00-0000-7000-8000-000000000003', name: 'AZURE_PUBLISH' },
    detail: {
      changed: ['description', 'rotationDays'],
      rotationDays: 90,
      ratio: 1e21,
      small: 1e-7,
      none: null,
      '\ufb33': true,
      '\u{1f600}': false,
    },
  },
  {
    action: 'secret.use',
    actor: { kind: 'system', id: null, name: 'Data plane' },
    outcome: 'intent',
    target: {
      kind: 'secret',
      id: '01932c00-0000-7000-8000-000000000003',
      name: 'AZURE_PUBLISH',
      versionId: '01932c00-0000-7000-8000-000000000004',
    },
    context: { run: '01932c00-0000-7000-8000-0000000000b1', step: 'Publish', destination: 'https://acme.blob.core.windows.net:443' },
  },
  { action: 'secret.use-outcome', actor: { kind: 'system', id: null, name: 'Data plane' }, outcome: 'success', detail: { items: 6 } },
];

export async function auditChainVectors(): Promise<AuditChainVectors> {
  const events = chain(ORGANIZATION, EVENTS);
  const forged = chain(
    ORGANIZATION,
    EVENTS.map((event) => (event.action === 'secret.update' ? { ...event, outcome: 'refused' as const } : event)),
  );
  const foreign = chain(OTHER_ORGANIZATION, EVENTS);
  const at3 = await checkpoint(events, 3, '2026-11-24T11:00:03.000Z');
  const at5 = await checkpoint(events, 5, '2026-11-24T11:00:05.000Z');
  const later = await checkpoint(chain(ORGANIZATION, [...EVENTS, ...EVENTS]), 8, '2026-11-24T13:00:00.000Z');
  const byStranger = await checkpoint(events, 3, '2026-11-24T11:00:03.000Z', stranger);
  const lines = linesOf(events);
  const without = (sequence: number) => linesOf(events.filter((event) => event.sequence !== sequence));

  return {
    format: 'holdfast-audit-chain-vectors/1',
    signingKey: toBase64url(signer.publicKey),
    genesis: { organizationId: ORGANIZATION, hash: genesisHash(ORGANIZATION).toString('hex') },
    bodies: EVENTS.map((event) => ({ event, canonical: canonicalBody(event) })),
    chains: [
      { name: 'sound, without checkpoints', lines, checkpoints: [], expected: { valid: true, events: 5 } },
      { name: 'sound, with two checkpoints', lines, checkpoints: [at3, at5], expected: { valid: true, events: 5 } },
      { name: 'sound, with a checkpoint made after the export', lines, checkpoints: [at3, later], expected: { valid: true, events: 5 } },
      { name: 'sound and empty', lines: linesOf([]), checkpoints: [], expected: { valid: true, events: 0 } },
      bad(
        'an event changed',
        edited(events, 3, (event) => ({ ...event, body: event.body.replace('success', 'refused') })),
        'event_changed',
        3,
      ),
      bad(
        'the time of an event changed',
        edited(events, 2, (event) => ({ ...event, time: event.time.replace('2026', '2025') })),
        'event_changed',
        2,
      ),
      bad(
        'who recorded an event changed',
        edited(events, 4, (event) => ({ ...event, recordedBy: 'holdfast_control' })),
        'event_changed',
        4,
      ),
      bad(
        'the hash of an event changed',
        edited(events, 2, (event) => ({ ...event, hash: '0'.repeat(64) })),
        'event_changed',
        2,
      ),
      bad('an event dropped', without(3), 'event_missing', 3),
      bad('the first event dropped', without(1), 'event_missing', 1),
      bad('two events swapped', linesOf(swapped(events, 2)), 'event_missing', 2),
      bad('an event put in', linesOf(events.flatMap((event) => (event.sequence === 3 ? [event, event] : [event]))), 'event_unexpected', 4),
      bad(
        'a chain joined to another one',
        linesOf(
          [...events.slice(0, 2), ...forged.slice(2)].map((event, at) => (at === 2 ? { ...event, previousHash: '1'.repeat(64) } : event)),
        ),
        'link_broken',
        3,
      ),
      bad('events of another organization', linesOf(foreign), 'link_broken', 1),
      bad('the last events cut off, head in the header', linesOf(events.slice(0, 4), events), 'export_truncated', 5),
      bad('the last events cut off, checkpoint over five', linesOf(events.slice(0, 4)), 'export_truncated', 5, [at3, at5]),
      bad('history rewritten and chained anew', linesOf(forged), 'checkpoint_differs', 3, [at3, at5]),
      bad('a checkpoint by a stranger', lines, 'checkpoint_invalid', undefined, [byStranger]),
      bad('a checkpoint changed', lines, 'checkpoint_invalid', undefined, [at3.replace('T11:00:03', 'T11:00:04')]),
      bad('the record set back between two checkpoints', lines, 'record_rolled_back', 4, [
        at5,
        await checkpoint(events, 3, '2026-11-24T11:00:09.000Z'),
      ]),
      bad('the last line cut in the middle', [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, 40)], 'export_malformed'),
      bad('a header of another format', ['{"format":"something-else/1"}'], 'export_malformed'),
    ],
  };
}

function bad(
  name: string,
  lines: readonly string[],
  code: BrokenExport['code'],
  sequence?: number,
  checkpoints: readonly string[] = [],
): ChainVector {
  return { name, lines, checkpoints, expected: sequence === undefined ? { valid: false, code } : { valid: false, code, sequence } };
}

function chain(organizationId: string, events: readonly AuditEvent[]): ExportedEvent[] {
  let previous = genesisHash(organizationId);
  return events.map((event, position) => {
    const facts = {
      sequence: position + 1,
      time: `2026-11-24T11:00:00.${String(position + 1).padStart(6, '0')}Z`,
      recordedBy: event.actor.name === 'Data plane' ? 'holdfast_data' : 'holdfast_control',
      body: canonicalBody(event),
    };
    const hash = eventHash({ ...facts, organizationId, previousHash: previous });
    const exported = { ...facts, previousHash: previous.toString('hex'), hash: hash.toString('hex') };
    previous = hash;
    return exported;
  });
}

/** With the head of `whole` in the header, when it is given. */
function linesOf(events: readonly ExportedEvent[], whole?: readonly ExportedEvent[]): string[] {
  const last = whole?.at(-1);
  const head = last && { sequence: last.sequence, hash: last.hash };
  const header = { instanceId: INSTANCE, organizationId: ORGANIZATION, exportedAt: EXPORTED_AT, ...(head && { head }) };
  return [exportHeader(header), ...events.map(exportLine)].map((line) => line.trimEnd());
}

function edited(events: readonly ExportedEvent[], sequence: number, edit: (event: ExportedEvent) => ExportedEvent): string[] {
  return linesOf(events.map((event) => (event.sequence === sequence ? edit(event) : event)));
}

function swapped(events: readonly ExportedEvent[], sequence: number): ExportedEvent[] {
  const other = (at: number) => (at === sequence ? sequence + 1 : at === sequence + 1 ? sequence : at);
  return [...events].sort((one, two) => other(one.sequence) - other(two.sequence));
}

async function checkpoint(events: readonly ExportedEvent[], sequence: number, time: string, by = signer): Promise<string> {
  const hash = Buffer.from(events[sequence - 1]?.hash ?? '', 'hex');
  const other = { organizationId: OTHER_ORGANIZATION, sequence: 0, hash: genesisHash(OTHER_ORGANIZATION) };
  return formatCheckpoint(
    { instanceId: INSTANCE, time: new Date(time), heads: [other, { organizationId: ORGANIZATION, sequence, hash }] },
    { publicKey: by.publicKey, sign: (bytes) => sign(null, bytes, by.privateKey) },
  );
}
