import type { Component, WrittenWorkflow } from '@holdfast/api';
import { type DescribedDefinition, describedDefinition, differencesOf } from '@holdfast/workflow';
import { Button, Group, Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { definitionOfValues } from './definition-of-values.ts';
import classes from './workflow-conflict.module.css';
import type { WorkflowValues } from './workflow-values.ts';

interface ConflictProps {
  /** What the form was filled from. */
  base: WrittenWorkflow;
  /** What somebody has saved since. */
  now: WrittenWorkflow;
  values: WorkflowValues;
  components: readonly Component[];
  loadTheirs: () => void;
  keepMine: () => void;
}

/** Somebody has saved the workflow while it was edited: who, when, what is different, and what to do. */
export function WorkflowConflict({ base, now, values, components, loadTheirs, keepMine }: ConflictProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => notice.current?.focus(), []);
  const comments = base.yaml === now.yaml ? [] : ['The comments of its YAML are different.'];
  const theirs = [...changesBetween(partsOf(base), partsOf(now)), ...comments];
  const mine = changesBetween(partsOf(now), partsOfForm(values, components));
  return (
    <div ref={notice} role="alert" tabIndex={-1} className={classes.conflict}>
      <Notice tone="warn" icon={<AlertIcon size={16} />}>
        <b>
          {now.updatedBy?.name ?? 'Somebody'} has changed this workflow
          {now.updatedAt === null ? '' : ' '}
          {now.updatedAt === null ? null : <RelativeTime time={now.updatedAt} />}, while you were editing it.
        </b>{' '}
        Nothing of yours is lost or saved yet.
        <Differences title="What is different since you began:" changes={theirs} />
        <Differences title="What yours would change of that:" changes={mine} />
        <Group gap="xs" mt={8}>
          <Button size="compact-sm" variant="default" onClick={loadTheirs}>
            Load theirs
          </Button>
          <Button size="compact-sm" variant="default" onClick={keepMine}>
            Keep mine
          </Button>
          <Text size="sm" c="dimmed">
            You can go back from theirs to yours; mine is saved over theirs when you save.
          </Text>
        </Group>
      </Notice>
    </div>
  );
}

function Differences({ title, changes }: { title: string; changes: readonly string[] }) {
  if (changes.length === 0) return null;
  return (
    <>
      <Text size="sm" mt={6}>
        {title}
      </Text>
      <ul className={classes.changes}>
        {changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
    </>
  );
}

interface Parts {
  readonly name: string;
  readonly description: string;
  readonly definition: DescribedDefinition;
}

/**
 * Whether what the form shows is different; a change of limits is none.
 *
 * @param alsoYaml somebody has changed the text here, and would save it over another.
 */
export function isDifferent(base: WrittenWorkflow, now: WrittenWorkflow, alsoYaml: boolean): boolean {
  return (
    changesBetween(partsOf(base), partsOf(now)).length > 0 ||
    (base.draft === null) !== (now.draft === null) ||
    (alsoYaml && base.yaml !== now.yaml)
  );
}

/** Of the draft, if there is one, as the form is filled. */
function partsOf(workflow: WrittenWorkflow): Parts {
  const { name, description, draft } = workflow;
  return { name, description, definition: describedDefinition(draft ?? workflow) };
}

function partsOfForm(values: WorkflowValues, components: readonly Component[]): Parts {
  const { name, description } = values;
  return { name: name.trim(), description, definition: describedDefinition(definitionOfValues(values, components)) };
}

function changesBetween(before: Parts, after: Parts): string[] {
  return [
    ...(before.name === after.name ? [] : [`It is called “${after.name}” in place of “${before.name}”.`]),
    ...(before.description === after.description ? [] : ['It has another description.']),
    ...differencesOf(before.definition, after.definition),
  ];
}
