import {
  type ComponentState,
  listComponentTypes,
  ORIGINAL,
  type RunSteps,
  type WorkflowDefinition,
  type WorkflowSource,
} from '@holdfast/api';
import type { PartChange, partChangesOf } from '@holdfast/workflow';
import { VisuallyHidden } from '@mantine/core';
import { DownloadIcon, FileDirectoryIcon, GearIcon, PlugIcon, UploadIcon } from '@primer/octicons-react';
import type { CSSProperties, ReactNode } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';
import { millisecondsInWords } from '../runs/run-words.ts';
import { layoutOf, lineBetween, NODE, type NodeSize, type Place, type StepPlace, TIMED_NODE } from './steps-layout.ts';
import classes from './steps-picture.module.css';

type Step = WorkflowDefinition['steps'][number];

/** What became of the parts against another state of the workflow. */
export type Changes = ReturnType<typeof partChangesOf>;

interface StepsPictureProps {
  definition: WorkflowDefinition;
  project: string;
  label?: string;
  changes?: Changes | undefined;
  /** Of a run: how many documents it has, and how many of them are how far at each step, by its name. */
  progress?: { readonly of: number; readonly steps: ReadonlyMap<string, RunSteps['steps'][number]> };
}

/** What a document goes through: sources and steps with lines between them; for a screen reader, a list. */
export function StepsPicture({ definition, project, label = 'Picture of the workflow', changes, progress }: StepsPictureProps) {
  const organization = useOrganization();
  const mayRead = organization.may('components:read');
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000, enabled: mayRead });
  const roles = new Map(types.data?.items.map(({ type, role }) => [type, role]));
  // Of a run of one step no time is known: its documents' ends are the step's.
  const node = progress !== undefined && definition.steps.length > 1 ? TIMED_NODE : NODE;
  const layout = layoutOf(definition, node);
  const size = { width: rem(layout.width), height: rem(layout.height) };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div className={classes.picture} role="group" aria-label={label} tabIndex={0}>
      <div className={classes.canvas} style={at(size)}>
        <ol className={classes.nodes} aria-label="The way of a document">
          {definition.sources.map((source, index) => (
            <Node
              // biome-ignore lint/suspicious/noArrayIndexKey: names in a form may still be empty, or the same
              key={`${index} ${source.name}`}
              size={node}
              place={layout.sources[index]}
              icon={<SourceIcon kind={source.kind} />}
              what={definition.sources.length === 1 ? 'Source' : `Source · ${source.name}`}
              state={source.kind === 'component' ? source.component.state : 'ok'}
              change={changes?.sources.get(source.name)}
              tags={
                <>
                  {source.kind === 'component' && source.documents === 'new' ? <Tag>only new</Tag> : null}
                  {source.kind === 'component' ? <StateTag component={source.component} /> : null}
                  <ChangeTag change={changes?.sources.get(source.name)} />
                </>
              }
            >
              {source.kind === 'upload' ? 'Uploaded files' : source.kind === 'folder' ? source.folder : null}
              {source.kind === 'component' ? <ComponentName project={project} component={source.component} linked={mayRead} /> : null}
            </Node>
          ))}
          {definition.steps.map((step, index) => {
            const role = roles.get(step.component.type);
            const place = layout.steps[index];
            return (
              <Node
                // biome-ignore lint/suspicious/noArrayIndexKey: so may those of its steps, which are their ids there
                key={`${index} ${step.id}`}
                size={node}
                place={place}
                before={place === undefined ? null : <Edge step={step} place={place} node={node} />}
                icon={role === 'model' ? <GearIcon size={18} /> : <PlugIcon size={18} />}
                what={role === undefined ? step.name : `${role === 'model' ? 'Model' : 'Publisher'} · ${step.name}`}
                state={step.component.state}
                change={changes?.steps.get(step.name)}
                took={<Took step={progress?.steps.get(step.name)} />}
                share={progress && shareOf(progress, step.name)}
                tags={
                  <>
                    {step.mapping === undefined ? null : <Tag title={mappingInWords(step.mapping)}>mapped</Tag>}
                    <StateTag component={step.component} />
                    <ChangeTag change={changes?.steps.get(step.name)} />
                    <Progress of={progress?.of ?? 0} step={progress?.steps.get(step.name)} />
                  </>
                }
              >
                <ComponentName project={project} component={step.component} linked={mayRead} />
              </Node>
            );
          })}
        </ol>
        <svg className={classes.lines} viewBox={`0 0 ${layout.width} ${layout.height}`} aria-hidden>
          {layout.steps.flatMap((place) =>
            place.from.map((from) => <path key={`${from.x} ${from.y} ${place.x} ${place.y}`} d={lineBetween(from, place, node)} />),
          )}
        </svg>
      </div>
    </div>
  );
}

interface NodeProps {
  size: NodeSize;
  place: Place | undefined;
  before?: ReactNode;
  icon: ReactNode;
  /** What it is, and its name in the workflow. */
  what: string;
  state: ComponentState;
  change?: PartChange | undefined;
  tags: ReactNode;
  /** How long a document takes here. */
  took?: ReactNode;
  /** Of the documents of a run that have been here: from 0 to 1. */
  share?: number | undefined;
  children: ReactNode;
}

function Node({ size, place = { x: 0, y: 0 }, before, icon, what, state, change, tags, took, share, children }: NodeProps) {
  return (
    <li>
      {before}
      <div
        className={classes.node}
        data-state={state}
        data-change={change?.kind}
        style={at({ left: rem(place.x), top: rem(place.y), width: rem(size.width), height: rem(size.height) })}
      >
        <span className={classes.icon} aria-hidden>
          {icon}
        </span>
        <span className={classes.words}>
          <span className={classes.what} title={what}>
            {what}
          </span>
          <span className={classes.name}>{children}</span>
          {took}
        </span>
        <span className={classes.tags}>{tags}</span>
        {share === undefined ? null : (
          <span className={classes.track} aria-hidden>
            <span className={classes.share} style={{ width: `${share * 100}%` }} />
          </span>
        )}
      </div>
    </li>
  );
}

/** What a step takes, and when: on the line in front of it. */
function Edge({ step, place, node }: { step: Step; place: StepPlace; node: NodeSize }) {
  const takes = step.input === ORIGINAL ? 'takes the original' : `takes what ${step.input} makes`;
  return (
    <div
      className={classes.edge}
      data-next={place.isNext}
      style={at({ left: rem(place.label.x), top: rem(place.y + node.height / 2), width: rem(place.label.width) })}
    >
      <span className={classes.takes}>{takes}</span>
      {step.condition === undefined ? null : (
        <span className={classes.condition} title={step.condition}>
          <VisuallyHidden>only when </VisuallyHidden>
          {step.condition}
        </span>
      )}
    </div>
  );
}

interface ComponentNameProps {
  project: string;
  component: Step['component'];
  linked: boolean;
}

function ComponentName({ project, component, linked }: ComponentNameProps) {
  const organization = useOrganization();
  if (!linked) return component.name;
  return (
    <TextLink
      inherit
      title={component.name}
      to="/organizations/$organization/projects/$project/components/$component"
      params={{ organization: organization.slug, project, component: component.id }}
    >
      {component.name}
    </TextLink>
  );
}

/** What keeps the component from being used: a decision that somebody has to take is no fault. */
function StateTag({ component: { state, failure } }: { component: Step['component'] }) {
  if (state === 'ok') return null;
  const title = failure === null ? {} : { title: failure.detail };
  return state === 'broken' ? (
    <Tag tone="bad" {...title}>
      broken
    </Tag>
  ) : (
    <Tag tone="warn" {...title}>
      waits for approval
    </Tag>
  );
}

/** How many documents have been here, are here, and failed here. */
function Progress({ of, step }: { of: number; step: RunSteps['steps'][number] | undefined }) {
  if (step === undefined) return null;
  const { documents } = step;
  const passed = documents.done + documents.skipped;
  const title = [
    `${documents.done.toLocaleString()} of ${of.toLocaleString()} done`,
    ...(documents.skipped === 0 ? [] : [`${documents.skipped.toLocaleString()} left out by its condition`]),
  ].join(', ');
  return (
    <>
      <Tag tone={of > 0 && passed === of ? 'good' : 'quiet'} title={title}>
        {passed.toLocaleString()} of {of.toLocaleString()}
      </Tag>
      {documents.running === 0 ? null : <Tag tone="accent">{documents.running.toLocaleString()} running</Tag>}
      {documents.failed === 0 ? null : <Tag tone="bad">{documents.failed.toLocaleString()} failed</Tag>}
    </>
  );
}

/** How long a document took on average, of those that are done here. */
function Took({ step }: { step: RunSteps['steps'][number] | undefined }) {
  if (step === undefined || step.milliseconds === null) return null;
  return <span className={classes.took}>{millisecondsInWords(step.milliseconds)} each, on average</span>;
}

/** How many of the documents have been here, as a part of 1. */
function shareOf({ of, steps }: NonNullable<StepsPictureProps['progress']>, step: string): number | undefined {
  const documents = steps.get(step)?.documents;
  if (documents === undefined) return undefined;
  return of === 0 ? 0 : Math.min(1, (documents.done + documents.skipped) / of);
}

const CHANGE_WORDS = { added: 'new', changed: 'changed', removed: 'removed' } as const;

function ChangeTag({ change }: { change: PartChange | undefined }) {
  if (change === undefined) return null;
  return (
    <Tag tone="accent" {...(change.how.length === 0 ? {} : { title: change.how.join('\n') })}>
      {CHANGE_WORDS[change.kind]}
    </Tag>
  );
}

function mappingInWords({ name, fields }: NonNullable<Step['mapping']>): string {
  const said = Object.entries(fields ?? {}).map(([field, expression]) => `${field}: ${expression}`);
  return [...(name === undefined ? [] : [`name: ${name}`]), ...said].join('\n');
}

function SourceIcon({ kind }: { kind: WorkflowSource['kind'] }) {
  if (kind === 'upload') return <UploadIcon size={18} />;
  return kind === 'folder' ? <FileDirectoryIcon size={18} /> : <DownloadIcon size={18} />;
}

function rem(pixels: number): string {
  return `${pixels / 16}rem`;
}

/** As variables, so that a narrow screen can lay the same list out by itself. */
function at(place: Record<string, string>): CSSProperties {
  return Object.fromEntries(Object.entries(place).map(([name, value]) => [`--${name}`, value]));
}
