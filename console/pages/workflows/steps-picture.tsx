import { listComponentTypes, ORIGINAL, type Workflow, type WorkflowSource } from '@holdfast/api';
import { VisuallyHidden } from '@mantine/core';
import { DownloadIcon, FileDirectoryIcon, GearIcon, PlugIcon, UploadIcon } from '@primer/octicons-react';
import type { CSSProperties, ReactNode } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';
import { layoutOf, lineBetween, NODE, type Place, type StepPlace } from './steps-layout.ts';
import classes from './steps-picture.module.css';

type Step = Workflow['steps'][number];

/** What a document goes through: sources and steps with lines between them; for a screen reader, a list. */
export function StepsPicture({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const mayRead = organization.may('components:read');
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000, enabled: mayRead });
  const roles = new Map(types.data?.items.map(({ type, role }) => [type, role]));
  const layout = layoutOf(workflow);
  const fault = faultOf(workflow);
  const size = { width: rem(layout.width), height: rem(layout.height) };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div className={classes.picture} role="group" aria-label="Picture of the workflow" tabIndex={0}>
      <div className={classes.canvas} style={at(size)}>
        <ol className={classes.nodes} aria-label="The way of a document">
          {workflow.sources.map((source, index) => (
            <Node
              key={source.name}
              place={layout.sources[index]}
              icon={<SourceIcon kind={source.kind} />}
              what={workflow.sources.length === 1 ? 'Source' : `Source · ${source.name}`}
              broken={source.kind === 'component' && source.component.broken}
              tags={
                <>
                  {source.kind === 'component' && source.documents === 'new' ? <Tag>only new</Tag> : null}
                  {source.kind === 'component' && source.component.broken ? fault : null}
                </>
              }
            >
              {source.kind === 'upload' ? 'Uploaded files' : source.kind === 'folder' ? source.folder : null}
              {source.kind === 'component' ? <ComponentName workflow={workflow} component={source.component} linked={mayRead} /> : null}
            </Node>
          ))}
          {workflow.steps.map((step, index) => {
            const role = roles.get(step.component.type);
            const place = layout.steps[index];
            return (
              <Node
                key={step.id}
                place={place}
                before={place === undefined ? null : <Edge step={step} place={place} />}
                icon={role === 'model' ? <GearIcon size={18} /> : <PlugIcon size={18} />}
                what={role === undefined ? step.name : `${role === 'model' ? 'Model' : 'Publisher'} · ${step.name}`}
                broken={step.component.broken}
                tags={
                  <>
                    {step.mapping === undefined ? null : <Tag title={mappingInWords(step.mapping)}>mapped</Tag>}
                    {step.component.broken ? fault : null}
                  </>
                }
              >
                <ComponentName workflow={workflow} component={step.component} linked={mayRead} />
              </Node>
            );
          })}
        </ol>
        <svg className={classes.lines} viewBox={`0 0 ${layout.width} ${layout.height}`} aria-hidden>
          {layout.steps.flatMap((place) =>
            place.from.map((from) => <path key={`${from.x} ${from.y} ${place.x} ${place.y}`} d={lineBetween(from, place)} />),
          )}
        </svg>
      </div>
    </div>
  );
}

interface NodeProps {
  place: Place | undefined;
  before?: ReactNode;
  icon: ReactNode;
  /** What it is, and its name in the workflow. */
  what: string;
  broken: boolean;
  tags: ReactNode;
  children: ReactNode;
}

function Node({ place = { x: 0, y: 0 }, before, icon, what, broken, tags, children }: NodeProps) {
  return (
    <li>
      {before}
      <div
        className={classes.node}
        data-broken={broken}
        style={at({ left: rem(place.x), top: rem(place.y), width: rem(NODE.width), height: rem(NODE.height) })}
      >
        <span className={classes.icon} aria-hidden>
          {icon}
        </span>
        <span className={classes.words}>
          <span className={classes.what} title={what}>
            {what}
          </span>
          <span className={classes.name}>{children}</span>
        </span>
        <span className={classes.tags}>{tags}</span>
      </div>
    </li>
  );
}

/** What a step takes, and when: on the line in front of it. */
function Edge({ step, place }: { step: Step; place: StepPlace }) {
  const takes = step.input === ORIGINAL ? 'takes the original' : `takes what ${step.input} makes`;
  return (
    <div
      className={classes.edge}
      data-next={place.isNext}
      style={at({ left: rem(place.label.x), top: rem(place.y + NODE.height / 2), width: rem(place.label.width) })}
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
  workflow: Workflow;
  component: Step['component'];
  linked: boolean;
}

function ComponentName({ workflow, component, linked }: ComponentNameProps) {
  const organization = useOrganization();
  if (!linked) return component.name;
  return (
    <TextLink
      inherit
      title={component.name}
      to="/organizations/$organization/projects/$project/components/$component"
      params={{ organization: organization.slug, project: workflow.project.id, component: component.id }}
    >
      {component.name}
    </TextLink>
  );
}

/**
 * Why the workflow would fail is known when one component keeps it from running; of several, only that they
 * are broken.
 */
function faultOf({ broken, sources, steps }: Workflow): ReactNode {
  const components = [
    ...sources.flatMap((source) => (source.kind === 'component' ? source.component : [])),
    ...steps.map((s) => s.component),
  ];
  const ids = new Set(components.flatMap((component) => (component.broken ? component.id : [])));
  if (ids.size === 1 && broken?.code === 'destination_refused') {
    return (
      <Tag tone="warn" title={broken.detail}>
        may not send
      </Tag>
    );
  }
  return <Tag tone="bad">broken</Tag>;
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
