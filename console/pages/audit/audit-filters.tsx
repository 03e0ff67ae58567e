import { listAuditActions } from '@holdfast/api';
import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import classes from './audit-filters.module.css';

const TYPING_MILLISECONDS = 300;
const OUTCOMES = ['intent', 'success', 'refused', 'failed'] as const;

/** Filters stand in the address, so that a filtered audit can be linked to. */
export function AuditFilters() {
  const search = useSearch({ from: '/organizations/$organization/audit' });
  const navigate = useNavigate({ from: '/organizations/$organization/audit' });
  const actions = useEndpoint(listAuditActions);
  const [secret, setSecret] = useState(search.secret ?? '');
  const [actor, setActor] = useState(search.actor ?? '');
  const set = (change: Partial<typeof search>) => void navigate({ search: (former) => ({ ...former, ...change }), replace: true });
  const setLater = useDebouncedCallback(set, TYPING_MILLISECONDS);
  const any = Object.values(search).some((value) => value !== undefined);
  function clear() {
    setSecret('');
    setActor('');
    void navigate({ search: {}, replace: true });
  }
  return (
    <search className={classes.filters}>
      <TextInput
        label="Secret"
        placeholder="Any"
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: secret === '' ? '' : 'mono' }}
        value={secret}
        onChange={(event) => {
          setSecret(event.currentTarget.value);
          setLater({ secret: event.currentTarget.value.trim() || undefined });
        }}
      />
      <Select
        label="Action"
        placeholder="Any"
        clearable
        searchable
        data={actions.data?.items ?? (search.action === undefined ? [] : [search.action])}
        value={search.action ?? null}
        onChange={(action) => set({ action: action ?? undefined })}
      />
      <TextInput
        label="By"
        placeholder="Anybody"
        autoComplete="off"
        value={actor}
        onChange={(event) => {
          setActor(event.currentTarget.value);
          setLater({ actor: event.currentTarget.value.trim() || undefined });
        }}
      />
      <Select
        label="Outcome"
        placeholder="Any"
        clearable
        data={[...OUTCOMES]}
        value={search.outcome ?? null}
        onChange={(outcome) => set({ outcome: OUTCOMES.find((known) => known === outcome) })}
      />
      <TextInput
        type="date"
        label="From"
        max={search.to}
        value={search.from ?? ''}
        onChange={(event) => set({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label="To"
        min={search.from}
        value={search.to ?? ''}
        onChange={(event) => set({ to: event.currentTarget.value || undefined })}
      />
      {any ? (
        <Button variant="subtle" onClick={clear}>
          Clear
        </Button>
      ) : null}
    </search>
  );
}
