import {
  type Component,
  type ComponentType,
  createComponent,
  deleteComponent,
  getComponent,
  getOverview,
  getProject,
  listComponents,
  listDestinations,
  listWorkflows,
  type Project,
  testComponent,
  testUnsavedComponent,
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
import type { TypedAlready } from '../../forms/sensitive-option-context.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { WorkflowLinks } from '../projects/workflow-links.tsx';
import { RequestSecretDialog } from '../secret-requests/dialogs.tsx';
import { AddSecretDialog } from '../secrets/dialogs.tsx';
import { BrokenComponent } from './broken-component.tsx';
import { TestResult, type TestState } from './test-result.tsx';
import { UnapprovedDestinations } from './unapproved-destinations.tsx';

interface ComponentEditorProps {
  project: Project;
  type: ComponentType;
  /** `undefined` while it is being made. */
  component: Component | undefined;
  breadcrumbs: ReactNode;
  chooseAnotherType: (() => void) | undefined;
}

const FORM_ID = 'component-form';
const CHANGED = [listComponents, getProject, listWorkflows, getOverview, listDestinations];

/** The form of a component, with saving, testing and deleting. */
export function ComponentEditor({ project, type, component: latest, breadcrumbs, chooseAnotherType }: ComponentEditorProps) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const mayWrite = organization.may('components:write');
  const create = useCommand(createComponent, CHANGED);
  const update = useCommand(updateComponent, [...CHANGED, getComponent]);
  const remove = useCommand(deleteComponent, CHANGED);
  const tryOut = useCommand(testComponent);
  const tryUnsaved = useCommand(testUnsavedComponent);
  const [dirty, setDirty] = useState(false);
  const component = useBase(latest, dirty);
  const [name, setName] = useState(component?.name ?? type.title);
  const [nameError, setNameError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ShownProblem>();
  const [optionProblems, setOptionProblems] = useState<ReadonlyMap<string, string>>(NO_PROBLEMS);
  const [test, setTest] = useState<TestState>({ state: 'idle' });
  const [deleting, deleteDialog] = useDisclosure(false);
  const [adding, setAdding] = useState<{ name: string; chosen: (name: string) => void; typed: TypedAlready | undefined }>();
  const [asking, setAsking] = useState<{ name: string; option: string }>();
  const submittedTo = useRef<'save' | 'test'>('save');
  const chooser = useRef<(option: string, secretName: string) => void>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const [discards, setDiscards] = useState(0);
  const warning = useUnsavedWarning(dirty && mayWrite);

  async function submit(submission: Submission) {
    const to = submittedTo.current;
    submittedTo.current = 'save';
    if (to === 'test') return testUnsaved(submission);
    if (!nameIsValid()) return;
    await save(submission);
  }

  async function save({ configuration, typedOptions, plainOptions, handles }: Submission) {
    setBusy(true);
    setProblem(undefined);
    setOptionProblems(NO_PROBLEMS);
    setTest({ state: 'idle' });
    try {
      const sealedOptions = await sealOwnValues(organization, handles, typedOptions);
      if (sealedOptions === undefined) return;
      const body = { name: name.trim(), configuration, sealedOptions, plainOptions };
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
      }
    } catch (error) {
      if (problemOf(error).code === 'sealing_key_stale') for (const option of typedOptions) handles.get(option)?.askAgain();
      else showProblem(error);
    } finally {
      setBusy(false);
    }
  }

  function nameIsValid(): boolean {
    const wrong = name.trim() === '' ? 'Enter a name.' : name.trim().length > 120 ? 'At most 120 characters.' : undefined;
    setNameError(wrong);
    if (wrong !== undefined) nameField.current?.focus();
    return wrong === undefined;
  }

  /**
   * What stands in the form, saved or not. Typed values are sealed first, and the same seals are saved
   * afterwards.
   */
  async function testUnsaved({ configuration, typedOptions, plainOptions, handles }: Submission) {
    setProblem(undefined);
    setOptionProblems(NO_PROBLEMS);
    setTest({ state: 'running' });
    try {
      const sealedOptions = await sealOwnValues(organization, handles, typedOptions);
      if (sealedOptions === undefined) return setTest({ state: 'idle' });
      const answer = await tryUnsaved.mutateAsync({
        params: { project: project.id },
        body: {
          name: name.trim() === '' ? type.title : name.trim(),
          type: type.type,
          ...(component === undefined ? {} : { componentId: component.id }),
          configuration,
          sealedOptions,
          plainOptions,
        },
      });
      setTest({ state: 'answered', answer });
    } catch (error) {
      const shown = problemOf(error);
      if (shown.code === 'sealing_key_stale') for (const option of typedOptions) handles.get(option)?.askAgain();
      else if (shown.fields.size > 0) showProblem(error);
      else return setTest({ state: 'problem', error });
      setTest({ state: 'idle' });
    }
  }

  /**
   * The server's words go beside the option they are about; what belongs to none stands above the buttons.
   */
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

  /** Back to what is saved; of a new component nothing is. */
  async function cancel() {
    if (component === undefined) {
      warning.allow();
      await navigate({
        to: '/organizations/$organization/projects/$project',
        params: { organization: organization.slug, project: project.id },
      });
      return;
    }
    setName(component.name);
    setNameError(undefined);
    setProblem(undefined);
    setOptionProblems(NO_PROBLEMS);
    setTest({ state: 'idle' });
    setDiscards((count) => count + 1);
    setDirty(false);
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
    if (component !== undefined && !dirty) return void runTest();
    submittedTo.current = 'test';
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
        component === undefined || !mayWrite ? null : (
          <Button variant="default" onClick={deleteDialog.open}>
            Delete
          </Button>
        )
      }
    >
      <Stack maw={720} gap="md">
        {component?.broken ? (
          <BrokenComponent
            component={component}
            choose={(option, secretName) => chooser.current?.(option, secretName)}
            unchanged={!dirty}
          />
        ) : null}
        {component === undefined ? null : <UnapprovedDestinations component={component} />}
        <TextInput
          ref={nameField}
          label="Name"
          required
          autoComplete="off"
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
          // After saving, and after Cancel, the form is drawn from what is saved.
          key={`${component?.revision ?? 'new'} ${discards}`}
          id={FORM_ID}
          type={type}
          component={component}
          projectId={project.id}
          readOnly={!mayWrite}
          problems={optionProblems}
          addSecret={
            organization.may('secrets:write') ? (suggested, chosen, typed) => setAdding({ name: suggested, chosen, typed }) : undefined
          }
          askForSecret={
            !organization.may('secrets:write') && organization.may('secret-requests:write')
              ? (suggested, option) => setAsking({ name: suggested, option })
              : undefined
          }
          onChange={() => {
            setDirty(true);
            setProblem(undefined);
            setTest(({ state }) => (state === 'running' ? { state } : { state: 'idle' }));
          }}
          chooser={chooser}
          onInvalid={() => {
            if (submittedTo.current === 'save') nameIsValid();
            submittedTo.current = 'save';
          }}
          onSubmit={submit}
        />
        <FormProblem problem={problem} />
        <TestResult test={test} />
        {component === undefined ? <AnotherType choose={chooseAnotherType} /> : <UsedBy component={component} />}
        <FormFooter
          beside={
            organization.may('components:test') ? (
              <Button variant="default" onClick={pressTest} loading={test.state === 'running'} disabled={busy}>
                Test connection
              </Button>
            ) : null
          }
        >
          {mayWrite && (dirty || component === undefined) ? (
            <Button variant="default" onClick={cancel} disabled={busy}>
              Cancel
            </Button>
          ) : null}
          {mayWrite ? (
            <Button type="submit" form={FORM_ID} loading={busy} disabled={test.state === 'running' || (component !== undefined && !dirty)}>
              {component === undefined ? 'Create' : 'Save'}
            </Button>
          ) : null}
        </FormFooter>
      </Stack>
      <AddSecretDialog
        key={adding?.name}
        opened={adding !== undefined}
        close={() => setAdding(undefined)}
        name={adding?.name ?? ''}
        typed={adding?.typed}
        added={(added) => adding?.chosen(added)}
      />
      <RequestSecretDialog
        key={`${asking?.option} ${asking?.name}`}
        opened={asking !== undefined}
        close={() => setAsking(undefined)}
        projectId={project.id}
        type={type}
        componentId={component?.id}
        option={asking?.option ?? ''}
        suggestedName={asking?.name ?? ''}
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

/**
 * What the form was filled from. While something is changed, a newer version that arrives in the background
 * waits.
 */
function useBase(latest: Component | undefined, dirty: boolean): Component | undefined {
  const [base, setBase] = useState(latest);
  if (!dirty && latest !== undefined && latest !== base && latest.revision >= (base?.revision ?? 0)) setBase(latest);
  return base;
}

const NO_PROBLEMS: ReadonlyMap<string, string> = new Map();

function AnotherType({ choose }: { choose: (() => void) | undefined }) {
  if (choose === undefined) return null;
  return (
    <div>
      <Button variant="subtle" size="compact-sm" onClick={choose}>
        Choose another type
      </Button>
    </div>
  );
}

function UsedBy({ component }: { component: Component }) {
  if (component.workflows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No workflow uses it yet.
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed">
      Used by <WorkflowLinks component={component} />.
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
          Workflows use it, so it cannot be deleted yet: <WorkflowLinks component={component} />.
        </Text>
      )}
    </Stack>
  );
}
