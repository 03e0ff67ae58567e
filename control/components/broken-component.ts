import { conditionsOf, isRequired, sensitiveOptions } from '@holdfast/configuration';
import { type RawBuilder, sql } from 'kysely';
import { COMPONENT_TYPES } from './component-types.ts';

/** Sensitive options that have to be filled, as columns: types, the options of each, and while what holds. */
const REQUIRED = COMPONENT_TYPES.flatMap((type) =>
  sensitiveOptions(type)
    .filter((option) => isRequired(type, option))
    .map((option) => ({
      type: type.type,
      option,
      conditions: JSON.stringify(
        conditionsOf(type, option).map(({ option: at, values }) => ({
          option: at,
          values: values.map(String),
          default: String(type.schema.properties[at]?.default ?? ''),
        })),
      ),
    })),
);

/**
 * Whether a use of the component called `c` would be refused for what it is bound to: by the state of a
 * binding (see db/usable.sql), because nothing fills an option that has to be filled, or because this version
 * does not know its type.
 */
export const BROKEN_COMPONENT: RawBuilder<boolean> = sql<boolean>`(
  exists (
    select from binding_in_project b
    where b.organization_id = c.organization_id and b.consumer_id = c.id and b.state <> 'ok')
  or exists (
    select from unnest(${REQUIRED.map(({ type }) => type)}::text[], ${REQUIRED.map(({ option }) => option)}::text[],
      ${REQUIRED.map(({ conditions }) => conditions)}::jsonb[]) as required (type, option, conditions)
    where required.type = c.type and not exists (
      select from jsonb_array_elements(required.conditions) as condition
      where not condition -> 'values' ? coalesce(c.configuration ->> (condition ->> 'option'), condition ->> 'default'))
    and not exists (
      select from binding b
      where b.organization_id = c.organization_id and b.component_id = c.id and b.option = required.option))
  or c.type <> all (${COMPONENT_TYPES.map(({ type }) => type)}::text[]))`;
