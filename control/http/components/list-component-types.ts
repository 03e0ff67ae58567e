import { listComponentTypes } from '@holdfast/api';
import { COMPONENT_TYPES } from '../../components/component-types.ts';
import { implement } from '../implement.ts';

export const listComponentTypesHandler = implement(listComponentTypes, async () => ({
  status: 200,
  body: { items: COMPONENT_TYPES.map(({ schema, ...type }) => ({ ...type, schema: { ...schema } })) },
}));
