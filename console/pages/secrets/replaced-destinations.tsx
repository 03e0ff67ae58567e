import { type ReplacedDestination, replacementWords } from '@holdfast/api';
import { Loader, Text } from '@mantine/core';
import { isUnreadable } from '../../api/problem.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { Tag, type Tone } from '../../ui/tag.tsx';
import classes from './binding-list.module.css';

const TONES: Readonly<Record<ReplacedDestination['after'], Tone>> = {
  approved: 'good',
  requested: 'warn',
  refused: 'bad',
  revoked: 'bad',
  narrowed: 'bad',
};

interface ReplacedDestinationsProps {
  /** The secret that takes the other one's place. */
  replacement: string;
  read: {
    data: { items: ReplacedDestination[]; total: number } | undefined;
    isError: boolean;
    error: unknown;
    refetch: () => unknown;
  };
}

/** Where a secret goes once it takes another's place, and what of it that approves. */
export function ReplacedDestinations({ replacement, read }: ReplacedDestinationsProps) {
  if (isUnreadable(read)) return <ErrorState what="Where it would be sent" error={read.error} retry={() => read.refetch()} />;
  if (read.data === undefined) return <Loader size="sm" role="status" aria-label="Looking up where it would be sent" />;
  const { items, total } = read.data;
  if (total === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        Where{' '}
        <Text span className="mono">
          {replacement}
        </Text>{' '}
        will be sent
      </Text>
      <ul className={classes.list} aria-label={`Where ${replacement} will be sent`}>
        {items.map((place) => (
          <li key={place.destination}>
            <span className={`mono ${classes.place}`}>{place.destination}</span>{' '}
            <Tag tone={TONES[place.after]}>{replacementWords(place)}</Tag>
          </li>
        ))}
      </ul>
      {total > items.length ? (
        <Text size="sm" c="dimmed" mt={4}>
          and {(total - items.length).toLocaleString()} more
        </Text>
      ) : null}
    </div>
  );
}
