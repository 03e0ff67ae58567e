import { addedDestinations, listMembers, type Secret } from '@holdfast/api';
import { MultiSelect, Select, Stack, TagsInput, Textarea, TextInput, type TextInputProps } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { AlertIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import { useAllProjects } from '../../api/all-projects.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { CutShort } from '../../ui/cut-short.tsx';
import { Notice } from '../../ui/notice.tsx';
import { SECRET_KIND_WORDS } from '../../ui/secret-kind-words.ts';
import { counted } from '../projects/project-words.ts';
import { expiresAtOf, expiryHint, type MetadataValues } from './metadata-values.ts';

const ROTATION_DAYS = [30, 60, 90, 180, 365];

/** The fields behind "More options", and of the dialog that changes them later. */
export function MetadataFields({
  form,
  secret,
}: {
  /** Whose fields they are; `undefined` for a new one. */
  secret?: Secret;
  form: UseFormReturnType<MetadataValues & { name: string }> | UseFormReturnType<MetadataValues>;
}) {
  // Both forms have these fields; the union of the two types cannot be called directly.
  const fields = form as UseFormReturnType<MetadataValues>;
  const members = useEndpoint(listMembers);
  const allProjects = useAllProjects();
  const projects = new Map([...(secret?.scope.projects ?? []), ...allProjects.items].map(({ id, name }) => [id, name]));
  const days = [...new Set([...ROTATION_DAYS, ...(fields.values.rotationDays === '' ? [] : [Number(fields.values.rotationDays)])])].sort(
    (a, b) => a - b,
  );
  const added = addedDestinations(secret?.destinations ?? [], fields.values.destinations);
  const hint = useRef<HTMLDivElement>(null);
  const hints = added.length > 0;
  // Below the field that was filled, where the buttons of a dialog may stand over it.
  useEffect(() => {
    if (hints) hint.current?.scrollIntoView({ block: 'nearest' });
  }, [hints]);
  return (
    <Stack gap="sm">
      <div>
        <MultiSelect
          label="Projects"
          description="Only these may use it. Leave empty for all projects."
          placeholder={fields.values.projectIds.length === 0 ? 'All projects' : ''}
          searchable
          clearable
          nothingFoundMessage={allProjects.isCutShort ? 'None of that name among those that are loaded' : 'No project of that name'}
          data={[...projects].map(([value, label]) => ({ value, label }))}
          {...fields.getInputProps('projectIds')}
        />
        <CutShort what="projects" of={allProjects} />
      </div>
      <Textarea
        label="Description"
        description="What it is for, and where to renew it, in Markdown. Everybody who may choose the secret reads this: nothing secret."
        rows={2}
        resize="vertical"
        {...fields.getInputProps('description')}
      />
      <Select
        label="Kind"
        allowDeselect={false}
        data={Object.entries(SECRET_KIND_WORDS).map(([value, label]) => ({ value, label }))}
        {...fields.getInputProps('kind')}
      />
      <div>
        <Select
          label="Owner"
          description="Who renews it."
          placeholder="Nobody in particular"
          clearable
          searchable
          data={(members.data?.items ?? []).map((member) => ({ value: member.userId, label: member.name }))}
          {...fields.getInputProps('ownerId')}
          value={fields.values.ownerId === '' ? null : fields.values.ownerId}
          onChange={(value) => fields.setFieldValue('ownerId', value ?? '')}
        />
        <CutShort what="members" of={members} />
      </div>
      <Select
        label="Rotate every"
        placeholder="No reminder"
        clearable
        data={days.map((count) => ({ value: String(count), label: counted(count, 'day') }))}
        {...fields.getInputProps('rotationDays')}
        value={fields.values.rotationDays === '' ? null : fields.values.rotationDays}
        onChange={(value) => fields.setFieldValue('rotationDays', value ?? '')}
      />
      <ExpiryInput expiresAt={expiresAtOf(fields.values, secret)} {...fields.getInputProps('expiresOn')} />
      <Stack gap={added.length === 0 ? 0 : 'xs'}>
        <TagsInput
          label="Destinations"
          description="The value may be sent to these only, as scheme://host:port. Leave empty for those that the value itself names and an admin approves."
          placeholder="https://api.example.com:443"
          splitChars={[',', ' ']}
          acceptValueOnBlur
          {...fields.getInputProps('destinations')}
        />
        {/* There before it says something, so that it is read aloud. */}
        <div ref={hint} role="status" style={{ scrollMarginBlock: '64px 88px' }}>
          {added.length === 0 ? null : (
            <Notice tone="warn" icon={<AlertIcon size={16} />}>
              If destinations were sealed with the value, it goes to <span className="mono">{added.join(', ')}</span> only once it is given
              again: save this, then choose “Replace”, which seals it with all of these.
            </Notice>
          )}
        </div>
      </Stack>
      <TextInput
        label="Where to get a new one"
        description="The page of the service on which a new value is made."
        placeholder="https://"
        {...fields.getInputProps('obtainUrl')}
      />
    </Stack>
  );
}

/** A day in UTC, shown back as the instant that it stands for. */
export function ExpiryInput({ expiresAt, ...input }: TextInputProps & { expiresAt: string | null }) {
  const hint = expiryHint(expiresAt);
  return (
    <TextInput
      type="date"
      label="Expires on"
      description={
        hint === undefined ? (
          'From the end of this day in UTC the secret counts as missing. Empty: it does not expire.'
        ) : (
          <span data-past={hint.past || undefined} style={hint.past ? { color: 'var(--holdfast-warn-ink)' } : undefined}>
            {hint.words}
          </span>
        )
      }
      {...input}
    />
  );
}
