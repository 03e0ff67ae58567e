import {
  type Component,
  type ComponentType,
  createComponent,
  deleteComponent,
  getComponent,
  getOverview,
  getProject,
  listComponents,
  listWorkflows,
  type Project,
  testComponent,
  updateComponent,
} from '@holdfast/api';
import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { ConfigurationForm, type Submission } from '../../forms/configuration-form.tsx';
import { optionsOf } from '../../forms/form-schema.ts';
import { sealOwnValues } from '../../forms/own-values.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { TextLink } from '../../ui/links.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { BrokenNotice } from '../projects/broken-notice.tsx';
import { AddSecretDialog } from '../secrets/add-secret-dialog.tsx';
import { TestResult, type TestState } from './test-result.tsx';

interface ComponentEditorProps {
  project: Project;
  type: ComponentType;
  /** `undefined` while it is being made. */
  component: Component | undefined;
  breadcrumbs: ReactNode;
  chooseAnotherType: (() => void) | undefined;
}

const FORM_ID = 'component-form';
const CHANGED = [listComponents, getProject, listWorkflows, getOverview];

/** The form of a component, with saving, testing and deleting. */
export function ComponentEditor({ project, type, component: latest, breadcrumbs, chooseAnotherType }: ComponentEditorProps) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const mayWrite = organization.may('components:write');
  const create = useCommand(createComponent, CHANGED);
  const update = useCommand(updateComponent, [...CHANGED, getComponent]);
  const remove = useCommand(deleteComponent, CHANGED);
  const tryOut = useCommand(testComponent);
  const [dirty, setDirty] = useState(latest === undefined);
  const component = useBase(latest, dirty);
  const [name, setName] = useState(component?.name ?? type.title);
  const [nameError, setNameError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ShownProblem>();
  const [optionProblems, setOptionProblems] = useState<ReadonlyMap<string, string>>(NO_PROBLEMS);
  const [test, setTest] = useState<TestState>({ state: 'idle' });
  const [deleting, deleteDialog] = useDisclosure(false);
  const [adding, setAdding] = useState<{ name: string; chosen: (name: string) => void }>();
  const testAfterSave = useRef(false);
  const warning = useUnsavedWarning(dirty && mayWrite && component !== undefined);

  async function save({ configuration, typedOptions, handles }: Submission) {
    const thenTest = testAfterSave.current;
    testAfterSave.current = false;
    if (!nameIsValid()) return;
    setBusy(true);
    setProblem(undefined);
    setOptionProblems(NO_PROBLEMS);
    setTest({ state: 'idle' });
    try {
      const sealedOptions = await sealOwnValues(organization, handles, typedOptions);
      if (sealedOptions === undefined) return;
      const body = { name: name.trim(), configuration, sealedOptions };
      const saved =
        component === undefined
          ? await create.mutateAsync({ params: { project: project.id }, body: { ...body, type: type.type } })
          : await update.mutateAsync({
              params: { project: project.id, component: component.id },
              body: { ...body, revision: component.revision },
            });
      setDirty(false);
      warning.allow();
      notifyDone(`${saved.name} is saved.`);
      if (component === undefined) {
        await navigate({
          to: '/organizations/$organization/projects/$project/components/$component',
          params: { organization: organization.slug, project: project.id, component: saved.id },
          replace: true,
        });
      } else if (thenTest) {
        await runTest();
      }
    } catch (error) {
      if (problemOf(error).code === 'sealing_key_stale') for (const option of typedOptions) handles.get(option)?.askAgain();
      else showProblem(error);
    } finally {
      setBusy(false);
    }
  }

  function nameIsValid(): boolean {
    const wrong = name.trim() === '' ? 'Give it a name.' : name.trim().length > 120 ? 'At most 120 characters.' : undefined;
    setNameError(wrong);
    return wrong === undefined;
  }

  /** The server's words go beside the option they are about; what belongs to none stands above the buttons. */
  function showProblem(error: unknown) {
    const shown = problemOf(error);
    const known = new Set(optionsOf(type).map(([option]) => option));
    const byOption = new Map<string, string>();
    let elsewhere = shown.fields.size === 0;
    for (const [field, message] of shown.fields) {
      const option = field.split(/[./]/).find((segment) => known.has(segment));
      if (field === 'name' || field === 'body.name') setNameError(message);
      else if (option !== undefined) byOption.set(option, message);
      else elsewhere = true;
    }
    if (shown.code === 'name_taken') setNameError('Another component of the project has this name.');
    else if (elsewhere) setProblem(shown);
    setOptionProblems(byOption);
  }

  async function runTest() {
    if (component === undefined) return;
    setTest({ state: 'running' });
    try {
      const answer = await tryOut.mutateAsync({ params: { project: project.id, component: component.id } });
      setTest({ state: 'answered', answer });
    } catch (error) {
      setTest({ state: 'problem', error });
    }
  }

  function pressTest() {
    if (!dirty) return void runTest();
    testAfterSave.current = true;
    (document.getElementById(FORM_ID) as HTMLFormElement | null)?.requestSubmit();
  }

  return (
    <Page
      title={component?.name ?? `New ${type.title}`}
      description={
        <>
          {type.description}{' '}
          {component === undefined ? null : (
            <>
              Changed <RelativeTime time={component.updatedAt} /> by {component.updatedBy.name}.
            </>
          )}
        </>
      }
      breadcrumbs={breadcrumbs}
      actions={
        <>
          {component === undefined || !mayWrite ? null : (
            <Button variant="default" onClick={deleteDialog.open}>
              Delete
            </Button>
          )}
          {component === undefined || !organization.may('components:test') ? null : (
            <Button variant="default" onClick={pressTest} loading={test.state === 'running'} disabled={busy}>
              {dirty ? 'Save and test' : 'Test connection'}
            </Button>
          )}
          {mayWrite ? (
            <Button type="submit" form={FORM_ID} loading={busy} disabled={component !== undefined && !dirty}>
              {component === undefined ? 'Create' : 'Save'}
            </Button>
          ) : null}
        </>
      }
    >
      <Stack maw={720} gap="md">
        {component?.broken ? <BrokenNotice broken={component.broken} /> : null}
        <TextInput
          label="Name"
          required
          maxLength={120}
          value={name}
          error={nameError}
          readOnly={!mayWrite}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setNameError(undefined);
            setDirty(true);
          }}
        />
        <ConfigurationForm
          // A saved component is drawn anew: what was typed is sealed and stored, and the form says so.
          key={component?.revision ?? 'new'}
          id={FORM_ID}
          type={type}
          component={component}
          projectId={project.id}
          readOnly={!mayWrite}
          problems={optionProblems}
          addSecret={organization.may('secrets:write') ? (suggested, chosen) => setAdding({ name: suggested, chosen }) : undefined}
          onChange={() => {
            setDirty(true);
            setProblem(undefined);
          }}
          onInvalid={nameIsValid}
          onSubmit={save}
        />
        <FormProblem problem={problem} />
        <TestResult test={test} />
        {component === undefined ? <Facts chooseAnotherType={chooseAnotherType} /> : <UsedBy component={component} />}
      </Stack>
      <AddSecretDialog
        key={adding?.name}
        opened={adding !== undefined}
        close={() => setAdding(undefined)}
        name={adding?.name ?? ''}
        added={(added) => adding?.chosen(added)}
      />
      {component === undefined ? null : (
        <ConfirmDialog
          opened={deleting}
          close={deleteDialog.close}
          title={`Delete ${component.name}?`}
          confirmLabel="Delete"
          confirm={async () => {
            await remove.mutateAsync({ params: { project: project.id, component: component.id } });
            warning.allow();
            notifyDone(`${component.name} is deleted.`);
            await navigate({
              to: '/organizations/$organization/projects/$project',
              params: { organization: organization.slug, project: project.id },
            });
          }}
        >
          <DeletionWords component={component} />
        </ConfirmDialog>
      )}
      {warning.dialog}
    </Page>
  );
}

/** What the form was filled from. While something is changed, a newer version that arrives in the background waits. */
function useBase(latest: Component | undefined, dirty: boolean): Component | undefined {
  const [base, setBase] = useState(latest);
  if (!dirty && latest !== undefined && latest !== base && latest.revision >= (base?.revision ?? 0)) setBase(latest);
  return base;
}

const NO_PROBLEMS: ReadonlyMap<string, string> = new Map();

function Facts({ chooseAnotherType }: { chooseAnotherType: (() => void) | undefined }) {
  return (
    <Text size="sm" c="dimmed">
      You can test the connection as soon as it is created.
      {chooseAnotherType === undefined ? null : (
        <>
          {' '}
          <Button variant="subtle" size="compact-sm" onClick={chooseAnotherType}>
            Choose another type
          </Button>
        </>
      )}
    </Text>
  );
}

function UsedBy({ component }: { component: Component }) {
  const organization = useOrganization();
  if (component.workflows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No workflow uses it yet.
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed">
      Used by{' '}
      {component.workflows.map((workflow, index) => (
        <span key={workflow.id}>
          {index === 0 ? '' : ', '}
          <TextLink
            size="sm"
            to="/organizations/$organization/projects/$project/workflows/$workflow"
            params={{ organization: organization.slug, project: component.project.id, workflow: workflow.id }}
          >
            {workflow.name}
          </TextLink>
        </span>
      ))}
      .
    </Text>
  );
}

function DeletionWords({ component }: { component: Component }) {
  const own = component.sensitiveOptions.some((option) => option.source === 'own-value');
  return (
    <Stack gap="xs">
      <Text size="sm">
        Its configuration{own ? ' and the values that are sealed for it alone are' : ' is'} removed for good. Secrets of the organization
        stay.
      </Text>
      {component.workflows.length === 0 ? null : (
        <Text size="sm">
          Workflows use it, so it cannot be deleted yet: {component.workflows.map((workflow) => workflow.name).join(', ')}.
        </Text>
      )}
    </Stack>
  );
}
