import { type Component, type ComponentType, listSourceFolders, PART_NAME_PATTERN, type Project, SOURCES_MAXIMUM } from '@holdfast/api';
import { Button, Checkbox, Input, Radio, Select, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { PlusIcon, XIcon } from '@primer/octicons-react';
import { useRef } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import classes from './source-fields.module.css';
import { newSource, type WorkflowValues, withRenamedSource } from './workflow-values.ts';

const KINDS = [
  { value: 'upload', label: 'Uploaded files', description: 'You choose the documents each time the workflow runs.' },
  {
    value: 'component',
    label: 'A connector',
    description: 'The documents that a connector of the project finds: in a bucket, a database, or on a web server.',
  },
  {
    value: 'folder',
    label: 'A folder on the server',
    description: 'Every file in a folder that the operator allowed for this organization.',
  },
] as const;

interface SourceFieldsProps {
  form: UseFormReturnType<WorkflowValues>;
  project: Project;
  components: readonly Component[];
  roleOf: (component: Component) => ComponentType['role'] | undefined;
  loading: boolean;
  /** The components could not be read: nothing can be said of which there are. */
  error: boolean;
}

/** Where the documents come from: one place, or several with a name each. */
export function SourceFields({ form, project, components, roleOf, loading, error }: SourceFieldsProps) {
  const { sources } = form.values;
  const connectors = components.filter((component) => roleOf(component) === 'connector');
  return (
    <Stack gap="md">
      {sources.map(({ key, kind }, index) => (
        <fieldset key={key} className={classes.source} aria-label={`Source ${index + 1}`}>
          <Stack gap="sm">
            <KindChoice form={form} index={index} />
            {kind === 'folder' ? <FolderChoice input={form.getInputProps(`sources.${index}.folder`)} /> : null}
            {kind === 'component' ? (
              <ConnectorChoice form={form} index={index} project={project} connectors={connectors} loading={loading} error={error} />
            ) : null}
            {sources.length > 1 ? (
              <div className={classes.named}>
                <NameInput form={form} index={index} />
                <Button
                  variant="default"
                  leftSection={<XIcon size={14} />}
                  aria-label={`Remove source ${index + 1}`}
                  onClick={() => form.removeListItem('sources', index)}
                >
                  Remove
                </Button>
              </div>
            ) : null}
          </Stack>
        </fieldset>
      ))}
      {sources.length < SOURCES_MAXIMUM ? (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<PlusIcon size={14} />}
            onClick={() =>
              form.insertListItem('sources', newSource(sources.some(({ kind }) => kind === 'upload') ? 'component' : 'upload'))
            }
          >
            Add a source
          </Button>
        </div>
      ) : null}
    </Stack>
  );
}

/** What steps compare with the name follows it, once the field is left. */
function NameInput({ form, index }: { form: SourceFieldsProps['form']; index: number }) {
  const input = form.getInputProps(`sources.${index}.name`);
  const former = useRef('');
  return (
    <TextInput
      className={classes.name}
      label="Name of the source"
      description="In conditions: document.source; those that name it follow. Empty: made of what it reads."
      maxLength={64}
      autoComplete="off"
      spellCheck={false}
      {...input}
      onFocus={() => {
        former.current = form.getValues().sources[index]?.name.trim() ?? '';
      }}
      onBlur={() => {
        input.onBlur?.();
        const { sources, steps } = form.getValues();
        const name = sources[index]?.name.trim() ?? '';
        const isTaken = sources.some((source, place) => place !== index && source.name.trim() === former.current);
        if (name === former.current || !PART_NAME_PATTERN.test(name) || !PART_NAME_PATTERN.test(former.current) || isTaken) return;
        form.setFieldValue('steps', withRenamedSource(steps, former.current, name));
        former.current = name;
      }}
    />
  );
}

/** The first says what each kind is; further ones are short. */
function KindChoice({ form, index }: { form: SourceFieldsProps['form']; index: number }) {
  const input = form.getInputProps(`sources.${index}.kind`);
  if (index > 0) {
    return (
      <Select label={`Source ${index + 1}`} data={KINDS.map(({ value, label }) => ({ value, label }))} allowDeselect={false} {...input} />
    );
  }
  return (
    <Radio.Group aria-label="Source" {...input}>
      <Stack gap="xs">
        {KINDS.map((kind) => (
          <Radio key={kind.value} {...kind} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function FolderChoice({ input }: { input: { value?: string | null; onChange: (folder: string | null) => void; error?: string } }) {
  const folders = useEndpoint(listSourceFolders);
  const names = folders.data?.items.map((folder) => folder.name) ?? [];
  if (folders.isSuccess && names.length === 0) {
    return (
      <Stack gap={4}>
        <Notice tone="warn">
          The operator has not allowed any folder for this organization. It is done where Holdfast runs, with HOLDFAST_SOURCE_FOLDERS, for
          example <span className="mono">acme:invoices=/srv/invoices</span>.
        </Notice>
        {input.error === undefined ? null : <Input.Error>{input.error}</Input.Error>}
      </Stack>
    );
  }
  const away = folders.data?.items.some((folder) => folder.name === input.value && !folder.available) ?? false;
  return (
    <Stack gap="xs">
      <Select label="Folder" placeholder="Choose a folder" data={names} searchable required disabled={folders.isPending} {...input} />
      {away ? (
        <Notice tone="warn">
          No node that runs now has the folder “{input.value}”. Runs wait until the operator starts a data plane that has it.
        </Notice>
      ) : null}
    </Stack>
  );
}

interface ConnectorChoiceProps {
  form: SourceFieldsProps['form'];
  index: number;
  project: Project;
  connectors: readonly Component[];
  loading: boolean;
  error: boolean;
}

function ConnectorChoice({ form, index, project, connectors, loading, error }: ConnectorChoiceProps) {
  const organization = useOrganization();
  const input = form.getInputProps(`sources.${index}.connector`);
  if (!loading && !error && connectors.length === 0) {
    return (
      <Stack gap={4}>
        <Notice tone="warn">
          The project has no connector yet.{' '}
          <TextLink
            size="sm"
            inherit
            to="/organizations/$organization/projects/$project/components/$component"
            params={{ organization: organization.slug, project: project.id, component: 'new' }}
          >
            Add a component
          </TextLink>
        </Notice>
        {input.error === undefined ? null : <Input.Error>{input.error}</Input.Error>}
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Select
        label="Connector"
        placeholder="Choose a connector"
        data={connectors.map(({ id, name, broken }) => ({ value: id, label: broken === null ? name : `${name} (broken)` }))}
        searchable
        required
        disabled={loading}
        {...input}
      />
      <Checkbox
        label="Only new documents"
        description="What an earlier run of this workflow published in the same version is left out."
        {...form.getInputProps(`sources.${index}.onlyNew`, { type: 'checkbox' })}
      />
    </Stack>
  );
}
