import { listAuditActions, listMembers, listSecrets } from '@holdfast/api';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useAddressText } from '../../ui/address-text.ts';
import classes from './audit-filters.module.css';
import { actionChoices, OUTCOME_WORDS } from './audit-words.ts';

const TYPING_MILLISECONDS = 300;
const OUTCOMES = ['success', 'refused', 'failed'] as const;
const SUGGESTED = 20;

/** Filters stand in the address, so that a filtered audit can be linked to. */
export function AuditFilters() {
  const search = useSearch({ from: '/organizations/$organization/audit' });
  const navigate = useNavigate({ from: '/organizations/$organization/audit' });
  const actions = useEndpoint(listAuditActions);
  const members = useEndpoint(listMembers, undefined, { staleTime: 60_000 });
  const set = (change: Partial<typeof search>) => void navigate({ search: (former) => ({ ...former, ...change }), replace: true });
  const [secret, typeSecret] = useAddressText(search.secret, (words) => set({ secret: words }), TYPING_MILLISECONDS);
  const [actor, typeActor] = useAddressText(search.actor, (words) => set({ actor: words }), TYPING_MILLISECONDS);
  const secrets = useEndpoint(
    listSecrets,
    { query: { limit: SUGGESTED, ...(secret === '' ? {} : { search: secret }) } },
    { keepPrevious: true },
  );
  const any = Object.values(search).some((value) => value !== undefined);
  return (
    <search className={classes.filters}>
      <TextInput
        label="Secret"
        placeholder="Any"
        spellCheck={false}
        autoComplete="off"
        list="audit-secrets"
        classNames={{ input: secret === '' ? '' : 'mono' }}
        value={secret}
        onChange={(event) => typeSecret(event.currentTarget.value)}
      />
      <Suggestions id="audit-secrets" names={secrets.data?.items.map(({ name }) => name)} />
      <NativeSelect
        label="What happened"
        data={[{ value: '', label: 'Anything' }, ...actionChoices(actions.data?.items ?? search.action?.split(',') ?? [])]}
        value={search.action ?? ''}
        onChange={({ currentTarget }) => set({ action: currentTarget.value || undefined })}
      />
      <TextInput
        label="By"
        placeholder="Anybody"
        autoComplete="off"
        list="audit-people"
        value={actor}
        onChange={(event) => typeActor(event.currentTarget.value)}
      />
      <Suggestions id="audit-people" names={members.data?.items.map(({ name }) => name)} />
      <NativeSelect
        label="Outcome"
        data={[{ value: '', label: 'Any' }, ...OUTCOMES.map((outcome) => ({ value: outcome, label: OUTCOME_WORDS[outcome] }))]}
        value={search.outcome ?? ''}
        onChange={({ currentTarget: { value } }) => set({ outcome: OUTCOMES.find((known) => known === value) })}
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
        <Button variant="subtle" onClick={() => void navigate({ search: {}, replace: true })}>
          Clear
        </Button>
      ) : null}
    </search>
  );
}

function Suggestions({ id, names = [] }: { id: string; names: readonly string[] | undefined }) {
  return (
    <datalist id={id}>
      {[...new Set(names)].map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
