import { type ITEM_STATUSES, itemStatusInWords } from '@holdfast/api';
import { Tag, type Tone } from '../../ui/tag.tsx';

export type ItemStatusName = (typeof ITEM_STATUSES)[number];

const RUN_TONES: Readonly<Record<string, Tone>> = {
  queued: 'quiet',
  running: 'accent',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'warn',
};
const ITEM_TONES: Readonly<Record<ItemStatusName, Tone>> = {
  waiting: 'quiet',
  running: 'accent',
  published: 'good',
  unchanged: 'quiet',
  skipped: 'warn',
  failed: 'bad',
};

export function RunStatus({ status }: { status: string }) {
  return <Tag tone={RUN_TONES[status] ?? 'quiet'}>{status}</Tag>;
}

export function ItemStatus({ status, active }: { status: ItemStatusName; active: boolean }) {
  return <Tag tone={ITEM_TONES[status]}>{itemStatusInWords(status, active)}</Tag>;
}

/** The run may still change. */
export function isActive(status: string): boolean {
  return status === 'queued' || status === 'running';
}
