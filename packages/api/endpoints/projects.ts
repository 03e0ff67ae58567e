import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { description, id, nextCursor, pageQuery, person, searchText, time, title } from '../schemas.ts';

const project = z.object({
  id,
  name: z.string(),
  description: z.string(),
  createdAt: time,
  createdBy: person,
  components: z.number().int(),
  brokenComponents: z.number().int(),
  workflows: z.number().int(),
});
export type Project = z.infer<typeof project>;

export const listProjects = defineEndpoint({
  id: 'listProjects',
  summary: 'Projects by name',
  method: 'GET',
  path: '/api/organizations/:organization/projects',
  requires: 'projects:read',
  load: 'search',
  query: z.object({ search: searchText.optional().describe('Part of a name or description, without regard to case'), ...pageQuery }),
  responses: { 200: z.object({ items: z.array(project), nextCursor, total: z.number().int() }) },
});

export const createProject = defineEndpoint({
  id: 'createProject',
  summary: 'Make a project',
  method: 'POST',
  path: '/api/organizations/:organization/projects',
  requires: 'projects:write',
  body: z.object({ name: title, description: description.default('') }),
  responses: { 201: project },
});

export const getProject = defineEndpoint({
  id: 'getProject',
  summary: 'One project',
  method: 'GET',
  path: '/api/organizations/:organization/projects/:project',
  requires: 'projects:read',
  responses: { 200: project },
});

export const updateProject = defineEndpoint({
  id: 'updateProject',
  summary: 'Rename or describe a project',
  method: 'PATCH',
  path: '/api/organizations/:organization/projects/:project',
  requires: 'projects:write',
  body: z.object({ name: title.optional(), description: description.optional() }),
  responses: { 200: project },
});

export const deleteProject = defineEndpoint({
  id: 'deleteProject',
  summary: 'Delete a project that has no components and no workflows',
  method: 'DELETE',
  path: '/api/organizations/:organization/projects/:project',
  requires: 'projects:write',
  responses: { 204: null },
});
