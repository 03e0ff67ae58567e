import {
  type Component,
  createWorkflow,
  getOverview,
  getProject,
  getWorkflow,
  listComponents,
  listComponentTypes,
  listSourceFolders,
  listWorkflows,
  type Project,
  updateWorkflow,
  type Workflow,
} from '@holdfast/api';
import { Button, Checkbox, Input, Radio, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand, useEndpoint, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { Panel } from '../../forms/panel.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { newStep, StepFields } from './step-fields.tsx';
import { bodyOf, valuesOf, type WorkflowValues } from './workflow-values.ts';

interface WorkflowFormProps {
  project: Project;
  /** `undefined` for a new one. */
  workflow: Workflow | undefined;
  saved: (workflow: Workflow) => void;
  cancel: () => void;
}

/** Where the documents come from, and through which components they go. */
export function WorkflowForm({ project, workflow, saved, cancel }: WorkflowFormProps) {
  const create = useCommand(createWorkflow, [listWorkflows, getProject, getOverview, listComponents]);
  const update = useCommand(updateWorkflow, [listWorkflows, getWorkflow, listComponents]);
  const components = useEndpointPages(listComponents, { params: { project: project.id }, query: { limit: 200 } });
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000 });
  const roleOf = (component: Pick<Component, 'type'>) => types.data?.items.find(({ type }) => type === component.type)?.role;
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<WorkflowValues>({
    initialValues: valuesOf(workflow, newStep()),
    validate: (values) => ({
      name: values.name.trim() === '' ? 'Enter a name.' : null,
      description: values.description.length > 4000 ? 'At most 4,000 characters.' : null,
      folder: values.source === 'folder' && !values.folder ? 'Choose a folder.' : null,
      connector: values.source === 'component' && !values.connector ? 'Choose a connector.' : null,
      ...Object.fromEntries(
        values.steps.flatMap(({ componentId }, index) =>
          componentId === null ? [[`steps.${index}`, 'Choose a model or publisher.'] as const] : [],
        ),
      ),
    }),
  });
  const warning = useUnsavedWarning(form.isDirty());

  async function submit(values: WorkflowValues, publish = true) {
    setProblem(undefined);
    const body = { ...bodyOf(values, components.items), publish };
    try {
      const answer =
        workflow === undefined
          ? await create.mutateAsync({ body: { projectId: project.id, ...body } })
          : await update.mutateAsync({ params: { workflow: workflow.id }, body });
      warning.allow();
      saved(answer);
    } catch (error) {
      if (problemOf(error).code === 'name_taken') form.setFieldError('name', 'Another workflow of the project has this name.');
      else setProblem(spreadProblem(error, ['name', 'description', 'folder', 'source'], form.setFieldError));
    }
  }

  return (
    <CheckedForm form={form} submit={(values) => submit(values)}>
      <Stack maw={720} gap="md">
        <TextInput label="Name" required maxLength={120} autoComplete="off" {...form.getInputProps('name')} />
        <Textarea label="Description" autosize minRows={1} maxRows={5} {...form.getInputProps('description')} />
        <Panel title="Source">
          <Radio.Group aria-label="Source" {...form.getInputProps('source')}>
            <Stack gap="xs">
              <Radio value="upload" label="Uploaded files" description="You choose the documents each time the workflow runs." />
              <Radio
                value="component"
                label="A connector"
                description="The documents that a connector of the project finds: in a bucket, a database, or on a web server."
              />
              <Radio
                value="folder"
                label="A folder on the server"
                description="Every file in a folder that the operator allowed for this organization."
              />
            </Stack>
          </Radio.Group>
          {form.values.source === 'folder' ? <FolderChoice input={form.getInputProps('folder')} /> : null}
          {form.values.source === 'component' ? (
            <ConnectorChoice
              form={form}
              project={project}
              connectors={components.items.filter((component) => roleOf(component) === 'connector')}
              loading={components.isPending || types.isPending}
            />
          ) : null}
        </Panel>
        <Panel title="Steps">
          <StepFields
            form={form}
            project={project}
            components={components.items}
            roleOf={roleOf}
            loading={components.isPending || types.isPending}
            error={components.isError || types.isError}
          />
        </Panel>
        {form.values.otherSources.length === 0 ? null : (
          <Notice>
            It has {form.values.otherSources.length === 1 ? 'another source' : 'other sources'}, which stay as they are:{' '}
            {form.values.otherSources.map(({ name }) => name).join(', ')}. They are changed in its file: holdfast workflow export.
          </Notice>
        )}
        {workflow === undefined ? null : (
          <TextInput
            label="What is new"
            description="For the list of versions."
            maxLength={500}
            autoComplete="off"
            {...form.getInputProps('note')}
          />
        )}
        <FormProblem problem={problem} />
        <FormFooter>
          <Button
            variant="default"
            onClick={() => {
              warning.allow();
              cancel();
            }}
          >
            Cancel
          </Button>
          {workflow === undefined ? null : (
            <Button
              variant="default"
              loading={update.isPending}
              onClick={() => {
                if (!form.validate().hasErrors) void submit(form.getValues(), false);
              }}
            >
              Save draft
            </Button>
          )}
          <Button type="submit" loading={create.isPending || update.isPending}>
            {workflow === undefined ? 'Create' : 'Save and publish'}
          </Button>
        </FormFooter>
      </Stack>
      {warning.dialog}
    </CheckedForm>
  );
}

function FolderChoice({ input }: { input: { value?: string | null; onChange: (folder: string | null) => void; error?: string } }) {
  const folders = useEndpoint(listSourceFolders);
  const names = folders.data?.items.map((folder) => folder.name) ?? [];
  if (folders.isSuccess && names.length === 0) {
    return (
      <Stack mt="sm" gap={4}>
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
    <Stack mt="sm" gap="xs">
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
  form: UseFormReturnType<WorkflowValues>;
  project: Project;
  connectors: readonly Component[];
  loading: boolean;
}

function ConnectorChoice({ form, project, connectors, loading }: ConnectorChoiceProps) {
  const organization = useOrganization();
  if (!loading && connectors.length === 0) {
    return (
      <Stack mt="sm" gap={4}>
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
        {form.errors.connector === undefined ? null : <Input.Error>{form.errors.connector}</Input.Error>}
      </Stack>
    );
  }
  return (
    <Stack mt="sm" gap="sm">
      <Select
        label="Connector"
        placeholder="Choose a connector"
        data={connectors.map(({ id, name, broken }) => ({ value: id, label: broken === null ? name : `${name} (broken)` }))}
        searchable
        required
        disabled={loading}
        {...form.getInputProps('connector')}
      />
      <Checkbox
        label="Only new documents"
        description="What an earlier run of this workflow published in the same version is left out."
        {...form.getInputProps('onlyNew', { type: 'checkbox' })}
      />
    </Stack>
  );
}
