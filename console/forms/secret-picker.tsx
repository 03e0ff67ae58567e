import { listSecretNames, listSecretRequests } from '@holdfast/api';
import { Button, Combobox, Input, InputBase, Loader, ScrollArea, Text, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useId, useRef, useState } from 'react';
import { useEndpoint, useEndpointPages } from '../api/endpoint-hooks.ts';
import { useOrganization } from '../api/organization.ts';
import { CutShort } from '../ui/cut-short.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { nameForOption } from './form-schema.ts';
import { SecretChoiceRow } from './secret-choice-row.tsx';
import type { OrganizationSecretChoice, SensitiveState } from './sensitive-choice.ts';
import classes from './sensitive-option.module.css';
import type { SensitiveOptionSurroundings } from './sensitive-option-context.ts';

export interface SecretPickerProps extends Pick<SensitiveOptionSurroundings, 'projectId' | 'addSecret' | 'askForSecret'> {
  /** What it is for, to suggest a name by. */
  option: string;
  label: string;
  choice: OrganizationSecretChoice;
  disabled: boolean;
  error: string | undefined;
  /** Said while nothing is chosen. */
  prompt?: string;
  onChoose: (choice: OrganizationSecretChoice) => void;
}

const CHOOSE = 'Choose a secret';
const SEARCH_PAUSE_MILLISECONDS = 150;
const NEAR_THE_END_PIXELS = 120;

/**
 * A searchable dropdown of the secrets that the project may use. The server searches, so that 10,000 are no
 * burden.
 */
export function SecretPicker({
  projectId,
  addSecret,
  askForSecret,
  option,
  label,
  choice,
  disabled,
  error,
  prompt = CHOOSE,
  onChoose,
}: SecretPickerProps) {
  const organization = useOrganization();
  const seesAll = organization.may('secrets:read');
  const errorId = useId();
  const [search, setSearch] = useState('');
  const [settledSearch] = useDebouncedValue(search, SEARCH_PAUSE_MILLISECONDS);
  const [opened, setOpened] = useState(false);
  const viewport = useRef<HTMLDivElement>(null);
  const combobox = useCombobox({
    opened,
    onOpenedChange: setOpened,
    onDropdownOpen: () => combobox.focusSearchInput(),
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch('');
    },
  });
  const names = useEndpointPages(
    listSecretNames,
    {
      params: { project: projectId },
      query: {
        limit: 50,
        ...(seesAll ? { scope: 'any' as const } : {}),
        ...(settledSearch.trim() === '' ? {} : { search: settledSearch.trim() }),
      },
    },
    { enabled: opened && organization.may('secret-names:read'), keepPrevious: true },
  );
  const asked = useEndpoint(
    listSecretRequests,
    { query: { project: projectId, state: 'waiting', limit: 5 } },
    { enabled: opened && !seesAll && organization.may('secret-requests:read') },
  );
  const total = names.first?.total;
  const broken = choice.secretName === null ? undefined : brokenWords(choice.secretName, choice.state, addSecret !== undefined);
  const shownError = error ?? broken;

  function take(name: string, state: SensitiveState = 'ok') {
    onChoose({ ...choice, secretName: name, state });
    combobox.closeDropdown();
  }
  function leaveFor(open: () => void) {
    combobox.closeDropdown();
    open();
  }
  function loadNearTheEnd() {
    const element = viewport.current;
    if (element === null || !names.hasNextPage || names.isFetchingNextPage) return;
    if (element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_THE_END_PIXELS) void names.fetchNextPage();
  }
  const suggestedName = choice.secretName ?? nameFor(search, option);

  return (
    <div>
      <Combobox
        store={combobox}
        onOptionSubmit={(name) => take(name, pickedState(names.items.find((item) => item.name === name)?.state))}
        withinPortal={false}
        disabled={disabled}
      >
        <Combobox.Target targetType="button">
          <InputBase
            component="button"
            type="button"
            pointer
            disabled={disabled}
            rightSection={<Combobox.Chevron />}
            rightSectionPointerEvents="none"
            onClick={() => combobox.toggleDropdown()}
            aria-label={`${label}: ${choice.secretName ?? prompt}`}
            aria-describedby={shownError === undefined ? undefined : errorId}
            error={shownError !== undefined}
          >
            {choice.secretName === null ? (
              <Input.Placeholder>{prompt}</Input.Placeholder>
            ) : (
              <span className="mono">{choice.secretName}</span>
            )}
          </InputBase>
        </Combobox.Target>
        <Combobox.Dropdown>
          <Combobox.Search
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            placeholder={
              total === undefined || total === 0 || search !== ''
                ? 'Search by name or description'
                : `Search ${total.toLocaleString()} ${total === 1 ? 'secret' : 'secrets'}${seesAll ? '' : ' this project may use'}`
            }
            aria-label="Search secrets"
            rightSection={names.isFetching ? <Loader size={14} aria-hidden /> : null}
          />
          <ScrollArea.Autosize
            mah={280}
            type="auto"
            scrollbars="y"
            viewportRef={viewport}
            onScrollPositionChange={loadNearTheEnd}
            viewportProps={{ tabIndex: 0 }}
          >
            {names.items.length === 0 ? (
              names.isCutShort ? null : (
                <Combobox.Empty role="status">{nothingToChoose(names.isPending, settledSearch.trim())}</Combobox.Empty>
              )
            ) : (
              <Combobox.Options aria-label={`Secrets for ${label}`}>
                {names.items.map((secret) => (
                  <Combobox.Option
                    key={secret.id}
                    value={secret.name}
                    active={secret.name === choice.secretName}
                    disabled={secret.state === 'expired' || !secret.inScope}
                  >
                    <SecretChoiceRow secret={secret} detailed={seesAll} />
                  </Combobox.Option>
                ))}
              </Combobox.Options>
            )}
            {names.hasNextPage ? (
              <Text size="xs" c="dimmed" px="sm" py={6}>
                {names.items.length.toLocaleString()} of {total?.toLocaleString()} are shown. Scroll for more, or search.
              </Text>
            ) : null}
            <CutShort what="secrets" of={names} focusAfter={combobox.focusSearchInput} />
          </ScrollArea.Autosize>
          <Combobox.Footer>
            {asked.data?.items.map((request) => (
              <Text key={request.id} size="xs" c="dimmed" pb={4}>
                You asked for <span className="mono">{request.name}</span> <RelativeTime time={request.askedAt} />; it waits for an owner or
                admin.
              </Text>
            ))}
            <div className={classes.foot}>
              <Text size="xs" c="dimmed">
                Not here?
              </Text>
              {addSecret !== undefined ? (
                <Button variant="subtle" size="compact-sm" onClick={() => leaveFor(() => addSecret(suggestedName, take))}>
                  Add Secret
                </Button>
              ) : askForSecret !== undefined ? (
                <Button variant="subtle" size="compact-sm" onClick={() => leaveFor(() => askForSecret(suggestedName, option))}>
                  Ask an admin for one
                </Button>
              ) : (
                <Text size="xs" c="dimmed">
                  {organization.may('secrets:write') ? 'Add it on the page of secrets.' : 'An owner or admin adds it.'}
                </Text>
              )}
            </div>
          </Combobox.Footer>
        </Combobox.Dropdown>
      </Combobox>
      {shownError === undefined ? null : (
        <Input.Error id={errorId} mt={5}>
          {shownError}
        </Input.Error>
      )}
    </div>
  );
}

function nothingToChoose(isPending: boolean, search: string): string {
  if (isPending) return 'Looking up the secrets…';
  return search === '' ? 'There is no secret yet that this project may use.' : 'No secret has this in its name or description.';
}

function pickedState(state: string | undefined): SensitiveState {
  return state === 'expired' ? 'secret_expired' : 'ok';
}

/** What is wrong with a secret, and what to do; `undefined` when nothing is. */
export function brokenWords(name: string, state: SensitiveState, mayAdd: boolean): string | undefined {
  const who = mayAdd ? '' : ' Ask an admin to do it.';
  switch (state) {
    case 'ok':
      return undefined;
    case 'secret_missing':
      return `The secret ${name} does not exist. Choose another, or add it.${who}`;
    case 'secret_expired':
      return `The secret ${name} has expired. Replace its value and set a new expiry date, or choose another.${who}`;
    case 'secret_out_of_scope':
      return `This project may not use the secret ${name}. Add the project to its scope, or choose another.${who}`;
  }
}

/**
 * A name worth suggesting: what was searched for, else the option in capitals: `connectionString` →
 * `CONNECTION_STRING`.
 */
function nameFor(search: string, option: string): string {
  const typed = search.trim().replaceAll(/[^A-Za-z0-9_-]+/g, '_');
  if (/^[A-Za-z]/.test(typed)) return typed.slice(0, 128);
  return nameForOption(option);
}
