import { listSecrets } from '@holdfast/api';
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';

const TYPING_MILLISECONDS = 150;
const SHOWN = 30;

interface ReplacementPickerProps {
  label: string;
  /** The secret that cannot be chosen. */
  except: string;
  value: string | null;
  onChange: (name: string | null) => void;
}

/**
 * Chooses the secret that takes another one’s place, among the organization's secrets by name; the server
 * searches, so that all 10,000 can be reached.
 */
export function ReplacementPicker({ label, except, value, onChange }: ReplacementPickerProps) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, TYPING_MILLISECONDS);
  const found = useEndpoint(
    listSecrets,
    { query: { ...(search === '' || search === value ? {} : { search }), limit: SHOWN } },
    { keepPrevious: true },
  );
  const names = (found.data?.items ?? []).map((secret) => secret.name).filter((name) => name !== except);
  const data = value === null || names.includes(value) ? names : [value, ...names];
  return (
    <Select
      label={label}
      placeholder="Search by name"
      searchable
      data={data}
      // The server has searched already.
      filter={({ options }) => options}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value}
      onChange={onChange}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'No other secret of that name'}
    />
  );
}
