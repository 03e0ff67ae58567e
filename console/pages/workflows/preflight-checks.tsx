import { type Answer, ERROR_CODES, type ErrorCode, type PreflightCheck, preflightWorkflow, type Workflow } from '@holdfast/api';
import { Button, Group, Loader, Text } from '@mantine/core';
import { AlertIcon, CheckIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf } from '../../api/problem.ts';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import classes from './preflight-checks.module.css';

interface PreflightChecksProps {
  workflow: Workflow;
  /** Asked once by itself: the workflow was just saved. */
  immediately: boolean;
}

/** Finds out, without a run, whether one would fail, and why. */
export function PreflightChecks({ workflow, immediately }: PreflightChecksProps) {
  const preflight = useCommand(preflightWorkflow, []);
  const { mutate } = preflight;
  const asked = useRef(false);
  useEffect(() => {
    if (!immediately || asked.current) return;
    asked.current = true;
    mutate({ params: { workflow: workflow.id } });
  }, [immediately, mutate, workflow.id]);
  return (
    <section aria-label="Preflight" className={classes.checks}>
      <Group gap="sm" align="center">
        <Button variant="default" loading={preflight.isPending} onClick={() => mutate({ params: { workflow: workflow.id } })}>
          Check without running
        </Button>
        <Text size="sm" c="dimmed">
          Asks each service whether it accepts the credentials. No document is read or sent.
        </Text>
      </Group>
      <div role="status" aria-live="polite">
        {preflight.isPending ? (
          <Notice tone="quiet" icon={<Loader size={14} color="gray" />}>
            Asking the services…
          </Notice>
        ) : null}
        {preflight.isError && !preflight.isPending ? (
          <Notice tone="bad" icon={<AlertIcon size={16} />}>
            <b>{problemOf(preflight.error).title}.</b> {problemOf(preflight.error).detail} {problemOf(preflight.error).remedy}
          </Notice>
        ) : null}
        {preflight.data === undefined || preflight.isPending ? null : <Found answer={preflight.data} workflow={workflow} />}
      </div>
    </section>
  );
}

function Found({ answer, workflow }: { answer: Answer<typeof preflightWorkflow>; workflow: Workflow }) {
  const failed = answer.checks.filter(({ passed }) => !passed).length;
  return (
    <Notice tone={answer.passed ? 'good' : 'bad'} icon={answer.passed ? <CheckIcon size={16} /> : <AlertIcon size={16} />}>
      <b>{answer.passed ? 'A run can start.' : `A run would fail: ${failed} of ${answer.checks.length} checks failed.`}</b>
      <ul className={classes.list}>
        {answer.checks.map((check) => (
          <li key={check.component?.id ?? 'folder'} data-passed={check.passed}>
            <CheckWords check={check} workflow={workflow} />
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function CheckWords({ check, workflow }: { check: PreflightCheck; workflow: Workflow }) {
  const { component, passed, detail, failure, milliseconds } = check;
  const title = failure !== null && failure.code in ERROR_CODES ? ERROR_CODES[failure.code as ErrorCode].title : '';
  return (
    <>
      <span aria-hidden className={classes.mark}>
        {passed ? <CheckIcon size={14} /> : <AlertIcon size={14} />}
      </span>
      <div>
        <b>{component === null ? 'Folder' : <ComponentLink component={component} project={workflow.project.id} />}</b>
        {passed ? ' is ready. ' : `: ${title}. `}
        {detail} {failure?.remedy}
        {milliseconds === null ? null : <span className={classes.time}> {milliseconds.toLocaleString()} ms</span>}
      </div>
    </>
  );
}

function ComponentLink({ component, project }: { component: { id: string; name: string }; project: string }) {
  const organization = useOrganization();
  if (!organization.may('components:read')) return component.name;
  return (
    <TextLink
      size="sm"
      underline="always"
      to="/organizations/$organization/projects/$project/components/$component"
      params={{ organization: organization.slug, project, component: component.id }}
    >
      {component.name}
    </TextLink>
  );
}
