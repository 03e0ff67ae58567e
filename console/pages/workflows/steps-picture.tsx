import { listComponentTypes, ORIGINAL, type Workflow } from '@holdfast/api';
import { ArrowRightIcon, DownloadIcon, FileDirectoryIcon, GearIcon, PlugIcon, UploadIcon } from '@primer/octicons-react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';
import classes from './steps-picture.module.css';

/** The way of a document: source → step → step. */
export function StepsPicture({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000, enabled: organization.may('components:read') });
  const models = new Set(types.data?.items.filter(({ role }) => role === 'model').map(({ type }) => type));
  return (
    <ol className={classes.steps} aria-label="The way of a document">
      {workflow.sources.map((source) => (
        <li key={source.name} className={classes.step}>
          <span className={classes.icon} aria-hidden>
            <SourceIcon kind={source.kind} />
          </span>
          <span>
            <span className={classes.what}>{workflow.sources.length === 1 ? 'Source' : `Source ${source.name}`}</span>
            {source.kind === 'upload' ? 'Uploaded files' : source.kind === 'folder' ? source.folder : source.component.name}{' '}
            {source.kind === 'component' && source.documents === 'new' ? <Tag>only new</Tag> : null}
            {source.kind === 'component' && source.component.broken ? <Tag tone="bad">broken</Tag> : null}
          </span>
        </li>
      ))}
      {workflow.steps.map((step) => (
        <li key={step.id} className={classes.next}>
          <ArrowRightIcon size={18} className={classes.arrow} />
          <div className={classes.step} data-broken={step.component.broken}>
            <span className={classes.icon} aria-hidden>
              {models.has(step.component.type) ? <GearIcon size={18} /> : <PlugIcon size={18} />}
            </span>
            <span>
              <span className={classes.what}>
                {step.name}
                {step.input === ORIGINAL ? '' : ` ← ${step.input}`}
              </span>
              {organization.may('components:read') ? (
                <TextLink
                  to="/organizations/$organization/projects/$project/components/$component"
                  params={{ organization: organization.slug, project: workflow.project.id, component: step.component.id }}
                >
                  {step.component.name}
                </TextLink>
              ) : (
                step.component.name
              )}{' '}
              {step.component.broken ? <Tag tone="bad">broken</Tag> : null}
              {step.condition === undefined ? null : <span className={classes.what}>only when {step.condition}</span>}
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}

function SourceIcon({ kind }: { kind: Workflow['source']['kind'] }) {
  if (kind === 'upload') return <UploadIcon size={18} />;
  return kind === 'folder' ? <FileDirectoryIcon size={18} /> : <DownloadIcon size={18} />;
}
