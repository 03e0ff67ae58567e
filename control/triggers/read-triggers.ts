import { type Failure, SOURCES_FOR_TRIGGERS, type Trigger, type Usability } from '@holdfast/api';
import { type Actor, type Database, LATEST_TIME, type TriggerConfiguration, type WorkflowSource } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { nextTimes } from '@holdfast/schedule';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { faultOfSources } from './check-settings.ts';
import { triggerNotFound } from './lock-trigger.ts';

interface TriggerRow {
  id: string;
  name: string;
  kind: TriggerConfiguration['kind'];
  enabled: boolean;
  configuration: TriggerConfiguration;
  token_expires_at: Date | null;
  /** `null` for a token that does not expire, and for a trigger that has none. */
  token_has_expired: boolean | null;
  created_at: Date;
  created_by: Actor;
  updated_at: Date;
  updated_by: Actor;
  /** Of the newest version; `null` while none was published. */
  sources: readonly WorkflowSource[] | null;
  slug: string;
  /** The database's clock: the times of a schedule are those to come. */
  now: Date;
  next_at: Date | null;
  failures: number | null;
  last_at: Date | null;
  outcome: NonNullable<Trigger['last']>['outcome'] | null;
  failure: Failure | null;
  run: NonNullable<Trigger['last']>['run'];
  secret_name: string | null;
  secret_state: Usability | null;
  workflow_id: string;
  workflow_name: string;
  project_id: string;
}

/** What an answer says about triggers beside their rows. */
export interface ShownAs {
  /** Origin of the data plane, without a slash at the end; undefined: addresses are paths. */
  readonly dataPublicUrl: string | undefined;
}

const NEXT_TIMES = 5;

/** The triggers of a workflow, by name. */
export async function readTriggers(
  db: Kysely<Database>,
  organizationId: string,
  workflowId: string,
  shown: ShownAs,
  where: RawBuilder<unknown> = sql`true`,
): Promise<Trigger[]> {
  const rows = await readRows(db, organizationId, sql`t.workflow_id = ${workflowId} and ${where}`);
  return rows.map((row) => toTrigger(row, shown));
}

const TOKEN_HAS_EXPIRED = sql`has_expired(t.token_expires_at, ${LATEST_TIME})`;

async function readRows(db: Kysely<Database>, organizationId: string, where: RawBuilder<unknown>): Promise<TriggerRow[]> {
  const { rows } = await sql<TriggerRow>`
    select t.id, t.name, t.kind, t.enabled, t.configuration, t.token_expires_at, ${TOKEN_HAS_EXPIRED} as token_has_expired, t.created_at, t.created_by, t.updated_at, t.updated_by,
      v.definition -> 'sources' as sources, o.slug, now() as now, w.id as workflow_id, w.name as workflow_name, w.project_id, s.next_at, s.failures, s.last_at, s.outcome, s.failure,
      case when r.id is not null then jsonb_build_object('id', r.id, 'number', r.number, 'status', r.status) end as run,
      b.secret_name, b.state as secret_state
    from workflow_trigger t
    join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id
    join auth.organization o on o.id = t.organization_id
    left join lateral (
      select definition from workflow_version v where v.organization_id = w.organization_id and v.workflow_id = w.id
      order by v.number desc limit 1) v on true
    left join trigger_state s on s.organization_id = t.organization_id and s.trigger_id = t.id
    left join run r on r.organization_id = s.organization_id and r.id = s.run_id
    left join binding_in_project b on b.organization_id = t.organization_id and b.consumer_kind = 'trigger' and b.consumer_id = t.id
    where t.organization_id = ${organizationId} and ${where}
    order by lower(t.name), t.id`.execute(db);
  return rows;
}

/** A trigger that should start runs, and starts none. */
export interface FailingTrigger {
  readonly id: string;
  readonly name: string;
  readonly workflow: { readonly id: string; readonly name: string; readonly projectId: string };
  readonly failure: Failure;
}

/** In a row, before a trigger counts as one that fails: a service may be away for a while. */
const REPEATED_FAILURES = 3;

/** What may be wrong with a trigger, for the database to choose few of many; {@link failureOf} decides. */
const MAY_FAIL = sql`(s.failures >= ${REPEATED_FAILURES} or ${TOKEN_HAS_EXPIRED}
  or (t.kind = 'webhook' and b.state is distinct from 'ok')
  or not exists (
    select from jsonb_array_elements(v.definition -> 'sources') as source
    where ${JSON.stringify(SOURCES_FOR_TRIGGERS)}::jsonb -> t.kind ? (source ->> 'kind')))`;

/**
 * Triggers `t` that fulfil `where`, by name. A paused one, and one of a workflow without a version, is none.
 */
export async function readFailingTriggers(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
): Promise<FailingTrigger[]> {
  const rows = await readRows(db, organizationId, sql`t.enabled and v.definition is not null and ${where} and ${MAY_FAIL}`);
  return rows.flatMap((row) => {
    const failure = failureOf(row);
    if (failure === null) return [];
    const { id, name, workflow_id, workflow_name, project_id } = row;
    return [{ id, name, workflow: { id: workflow_id, name: workflow_name, projectId: project_id }, failure }];
  });
}

function failureOf(row: TriggerRow): Failure | null {
  const broken = brokenBy(row);
  const { failures, failure } = row;
  if (broken !== null || failures === null || failures < REPEATED_FAILURES) return broken;
  const times = `It failed ${failures} times in a row`;
  if (failure !== null) return { ...failure, detail: `${times}. ${failure.detail}` };
  return {
    code: 'workflow_not_runnable',
    detail: `${times}: the runs that it started have failed.`,
    remedy: 'Look at the last run, and correct what it names.',
  };
}

/** Throws `not_found`. */
export async function readTrigger(
  db: Kysely<Database>,
  organizationId: string,
  workflowId: string,
  triggerId: string,
  shown: ShownAs,
): Promise<Trigger> {
  const [trigger] = await readTriggers(db, organizationId, workflowId, shown, sql`t.id = ${triggerId}`);
  if (trigger === undefined) throw triggerNotFound();
  return trigger;
}

function toTrigger(row: TriggerRow, { dataPublicUrl = '' }: ShownAs): Trigger {
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    settings: settingsOf(row),
    address: addressOf(row, dataPublicUrl),
    nextTimes: row.enabled ? timesOf(row).map((time) => time.toISOString()) : [],
    last:
      row.last_at === null || row.outcome === null
        ? null
        : { at: row.last_at.toISOString(), outcome: row.outcome, run: row.run, failure: row.failure },
    failures: row.failures ?? 0,
    broken: brokenBy(row),
    createdAt: row.created_at.toISOString(),
    createdBy: personOf(row.created_by),
    updatedAt: row.updated_at.toISOString(),
    updatedBy: personOf(row.updated_by),
  };
}

function settingsOf({ configuration, secret_name, token_expires_at }: TriggerRow): Trigger['settings'] {
  switch (configuration.kind) {
    case 'webhook':
      return { ...configuration, secretName: secret_name };
    case 'upload':
      return { ...configuration, expiresAt: token_expires_at?.toISOString() ?? null };
    default:
      return configuration;
  }
}

function addressOf({ kind, slug, id }: TriggerRow, origin: string): string | null {
  if (kind === 'webhook') return `${origin}/hooks/${slug}/${id}`;
  return kind === 'upload' ? `${origin}/uploads/${slug}/${id}` : null;
}

function timesOf({ configuration, next_at, now }: TriggerRow): Date[] {
  if (configuration.kind === 'cron') return nextTimes(configuration.expression, configuration.timeZone, now, NEXT_TIMES);
  return configuration.kind === 'poll' && next_at !== null ? [next_at] : [];
}

function brokenBy({ kind, sources, secret_state, token_has_expired }: TriggerRow): Failure | null {
  if (sources === null) {
    return { code: 'workflow_not_published', detail: 'The workflow was saved as a draft only.', remedy: 'Publish it.' };
  }
  const fault = faultOfSources(kind, sources);
  if (fault !== undefined) return { code: 'workflow_not_runnable', ...fault };
  if (kind === 'upload' && token_has_expired) {
    return { code: 'trigger_refused', detail: 'Its token has expired.', remedy: 'Make a new one.' };
  }
  if (kind !== 'webhook' || secret_state === 'ok') return null;
  const code = secret_state ?? 'secret_missing';
  switch (code) {
    case 'secret_expired':
      return {
        code,
        detail: 'Its signing secret has expired, so nothing is accepted.',
        remedy: 'An admin replaces its value and its expiry date.',
      };
    case 'secret_out_of_scope':
      return {
        code,
        detail: 'Its project may not use its signing secret any more.',
        remedy: 'Choose another, or ask an admin to widen its scope.',
      };
    default:
      return { code, detail: 'Its signing secret does not exist any more, so nothing is accepted.', remedy: 'Choose another one.' };
  }
}
