import { SECRET_KINDS, UNUSED_DAYS } from '@holdfast/api';
import { NativeSelect, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { SearchIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import { useAllProjects } from '../../api/all-projects.ts';
import { useAddressText } from '../../ui/address-text.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { CutShort } from '../../ui/cut-short.tsx';
import { SECRET_KIND_WORDS } from '../../ui/secret-kind-words.ts';
import classes from './secret-filters.module.css';

const TYPING_MILLISECONDS = 200;
/** Characters that the API looks for. */
const SEARCH_MAXIMUM = 200;
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
  const [text, type] = useAddressText(
    search.search,
    (words) => void navigate({ search: (former) => ({ ...former, search: words }), replace: true }),
    TYPING_MILLISECONDS,
  );
  useHotkeys([['/', () => field.current?.focus()]]);
  const allProjects = useAllProjects();
  const projects = allProjects.items.map(({ id, name }) => ({ value: id, label: name }));
  // Of a project that is gone, or not read yet: the list is filtered by it all the same.
  const unknown =
    search.project === undefined || projects.some(({ value }) => value === search.project)
      ? []
      : [{ value: search.project, label: 'Another project' }];
  const choose = (filter: Filter | 'all') =>
    void navigate({ search: (former) => ({ ...former, filter: filter === 'all' ? undefined : filter }), replace: true });
  return (
    <search className={classes.filters}>
      <TextInput
        ref={field}
        className={classes.search}
        type="search"
        aria-label="Search secrets"
        placeholder="Name or description  ( / )"
        leftSection={<SearchIcon size={15} />}
        value={text}
        maxLength={SEARCH_MAXIMUM}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <ChoiceChips
        label="State"
        value={search.filter ?? 'all'}
        onChange={choose}
        choices={[
          { value: 'all', label: 'All' },
          { value: 'rotation-due', label: 'Rotation due', count: counts?.rotationDue },
          { value: 'expired', label: 'Expired', count: counts?.expired },
          { value: 'unused', label: `Unused for ${UNUSED_DAYS} days`, count: counts?.unused },
        ]}
      />
      <NativeSelect
        className={classes.choice}
        aria-label="Kind"
        data={[{ value: '', label: 'Any kind' }, ...SECRET_KINDS.map((kind) => ({ value: kind, label: SECRET_KIND_WORDS[kind] }))]}
        value={search.kind ?? ''}
        onChange={({ currentTarget: { value } }) =>
          void navigate({ search: (former) => ({ ...former, kind: SECRET_KINDS.find((kind) => kind === value) }), replace: true })
        }
      />
      <NativeSelect
        className={classes.choice}
        aria-label="Project that may use it"
        data={[{ value: '', label: 'Any project' }, ...projects, ...unknown]}
        value={search.project ?? ''}
        onChange={({ currentTarget: { value } }) =>
          void navigate({ search: (former) => ({ ...former, project: value || undefined }), replace: true })
        }
      />
      <CutShort what="projects to choose from" of={allProjects} />
    </search>
  );
}
