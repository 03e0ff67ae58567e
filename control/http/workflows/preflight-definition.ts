import { preflightDefinition } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { requireProject } from '../../projects/read-projects.ts';
import { checkDefinition } from '../../workflows/check-definition.ts';
import { shownDefinition } from '../../workflows/describe-definition.ts';
import { preflight } from '../../workflows/preflight.ts';
import { componentsById } from '../../workflows/read-workflows.ts';
import { componentsOf } from '../../workflows/save-definition.ts';
import { implement } from '../implement.ts';

export const preflightDefinitionHandler = implement(
  preflightDefinition,
  async ({ body, caller, organization, origin, params, query, request }, control) => {
    const { db } = control;
    // Nothing is written; what is looked at here would refuse it when it is saved.
    const definition = await transaction(db, async (tx) => {
      const { id } = await requireProject(tx, organization.id, params.project);
      const place = { organizationId: organization.id, organizationSlug: organization.slug, projectId: id };
      return checkDefinition(tx, place, body, undefined);
    });
    const shown = shownDefinition(definition, await componentsById(db, organization.id, componentsOf(definition)));
    const by = { organizationId: organization.id, caller, origin };
    const how = { asksServices: query.services === 'ask', isGone: () => request.raw.socket.destroyed };
    const [found] = await preflight(control, by, [shown], how);
    if (found === undefined) throw new Error('A preflight answers for each definition.');
    return { status: 200, body: found };
  },
);
