import { SECRET_KINDS } from '@holdfast/api';
import { Chip, Group, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { KIND_WORDS } from './secret-words.ts';

const TYPING_MILLISECONDS = 200;
type Filter = 'rotation-due' | 'expired' | 'unused';

interface Counts {
  all: number;
  rotationDue: number;
  expired: number;
  unused: number;
}

/** Search and filters of the list; they stand in the address, so that a filtered list can be linked to. */
export function SecretFilters({ counts }: { counts: Counts | undefined }) {
  const search = useSearch({ from: '/organizations/$organization/secrets' });
  const navigate = useNavigate({ from: '/organizations/$organization/secrets' });
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search.search ?? '');
  useHotkeys([['/', () => field.current?.focus()]]);
  const look = useDebouncedCallback((typed: string) => {
    void navigate({ search: (former) => ({ ...former, search: typed.trim() === '' ? undefined : typed.trim() }), replace: true });
  }, TYPING_MILLISECONDS);
  const choose = (filter: string) =>
    navigate({ search: (former) => ({ ...former, filter: filter === 'all' ? undefined : (filter as Filter) }), replace: true });
  const chips: [string, string, number | undefined][] = [
    ['all', 'All', undefined],
    ['rotation-due', 'Rotation due', counts?.rotationDue],
    ['expired', 'Expired', counts?.expired],
    ['unused', 'Unused', counts?.unused],
  ];
  return (
    <Group gap="xs" mb="xs" role="search">
      <TextInput
        ref={field}
        w={300}
        maw="100%"
        type="search"
        aria-label="Search secrets"
        placeholder="Search name or description  ( / )"
        leftSection={<IconSearch size={15} aria-hidden />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          look(event.currentTarget.value);
        }}
      />
      <Chip.Group value={search.filter ?? 'all'} onChange={(value) => void choose(value as string)}>
        <Group gap={6}>
          {chips.map(([value, label, count]) => (
            <Chip key={value} value={value} size="xs" variant="outline">
              {label}
              {count === undefined ? '' : ` ${count.toLocaleString()}`}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <NativeSelect
        aria-label="Kind"
        w={170}
        data={[{ value: '', label: 'Any kind' }, ...SECRET_KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] }))]}
        value={search.kind ?? ''}
        onChange={({ currentTarget: { value } }) =>
          void navigate({ search: (former) => ({ ...former, kind: SECRET_KINDS.find((kind) => kind === value) }), replace: true })
        }
      />
    </Group>
  );
}
