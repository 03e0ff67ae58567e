import { DESTINATION_STATES, SECRET_REQUEST_STATES, SECRET_SORTS, secretKind } from '@holdfast/api';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, type RouteComponent } from '@tanstack/react-router';
import { z } from 'zod';
import { loadPart } from './api/load-part.ts';
import { searchText } from './api/search-text.ts';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { RouteError } from './ui/route-error.tsx';

/** Every address of the console. Pages are loaded when they are first visited. */

const page = <Name extends string>(load: () => Promise<Record<Name, RouteComponent>>, name: Name) =>
  lazyRouteComponent<Record<Name, RouteComponent>, Name>(() => loadPart(load), name);

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: page(() => import('./pages/start-page.tsx'), 'StartPage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: page(() => import('./pages/access/setup-page.tsx'), 'SetupPage'),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: z.object({ next: z.string().startsWith('/').optional().catch(undefined) }),
  component: page(() => import('./pages/access/sign-in-page.tsx'), 'SignInPage'),
});
const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: page(() => import('./pages/access/forgot-password-page.tsx'), 'ForgotPasswordPage'),
});
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: page(() => import('./pages/account/account-page.tsx'), 'AccountPage'),
});
const accountLink = createRoute({
  getParentRoute: () => root,
  path: '/account-link',
  component: page(() => import('./pages/access/account-link-page.tsx'), 'AccountLinkPage'),
});
const invitations = createRoute({
  getParentRoute: () => root,
  path: '/invitations',
  component: page(() => import('./pages/access/invitations-page.tsx'), 'InvitationsPage'),
});
const newOrganization = createRoute({
  getParentRoute: () => root,
  path: '/new-organization',
  component: page(() => import('./pages/access/new-organization-page.tsx'), 'NewOrganizationPage'),
});

const organization = createRoute({
  getParentRoute: () => root,
  path: '/organizations/$organization',
  component: page(() => import('./ui/shell.tsx'), 'Shell'),
  // In the shell, for an address below it that is none.
  notFoundComponent: NotFoundPage,
});
const inOrganization = () => organization;

const overview = createRoute({
  getParentRoute: inOrganization,
  path: '/',
  component: page(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
});

const secrets = createRoute({
  getParentRoute: inOrganization,
  path: '/secrets',
  validateSearch: z.object({
    search: searchText,
    filter: z.enum(['rotation-due', 'expired', 'unused']).optional().catch(undefined),
    kind: secretKind.optional().catch(undefined),
    project: searchText,
    sort: z.enum(SECRET_SORTS).optional().catch(undefined),
    order: z.enum(['asc', 'desc']).optional().catch(undefined),
    /** `?add=NAME` opens the dialog with that name, for links from a broken reference. */
    add: searchText,
  }),
  component: page(() => import('./pages/secrets/secrets-page.tsx'), 'SecretsPage'),
});
const secret = createRoute({
  getParentRoute: inOrganization,
  path: '/secrets/$secret',
  component: page(() => import('./pages/secrets/secret-page.tsx'), 'SecretPage'),
});

const projects = createRoute({
  getParentRoute: inOrganization,
  path: '/projects',
  component: page(() => import('./pages/projects/projects-page.tsx'), 'ProjectsPage'),
});
const project = createRoute({
  getParentRoute: inOrganization,
  path: '/projects/$project',
  component: page(() => import('./pages/projects/project-page.tsx'), 'ProjectPage'),
});
/** `$component` is `new` for one that is being made. */
const component = createRoute({
  getParentRoute: inOrganization,
  path: '/projects/$project/components/$component',
  /**
   * `?add=NAME` opens the dialog that adds a secret which the component misses; `?type=` is the kind of a new
   * one.
   */
  validateSearch: z.object({ add: searchText, type: searchText }),
  component: page(() => import('./pages/components/component-page.tsx'), 'ComponentPage'),
});
const examples = createRoute({
  getParentRoute: inOrganization,
  path: '/projects/$project/examples',
  component: page(() => import('./pages/gallery/examples-page.tsx'), 'ExamplesPage'),
});
const example = createRoute({
  getParentRoute: inOrganization,
  path: '/projects/$project/examples/$example',
  component: page(() => import('./pages/gallery/example-page.tsx'), 'ExamplePage'),
});
/** `$workflow` is `new` for one that is being made. */
const workflow = createRoute({
  getParentRoute: inOrganization,
  path: '/projects/$project/workflows/$workflow',
  component: page(() => import('./pages/workflows/workflow-page.tsx'), 'WorkflowPage'),
});

const runs = createRoute({
  getParentRoute: inOrganization,
  path: '/runs',
  validateSearch: z.object({
    workflow: searchText,
    project: searchText,
    status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']).optional().catch(undefined),
  }),
  component: page(() => import('./pages/runs/runs-page.tsx'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute: inOrganization,
  path: '/runs/$run',
  component: page(() => import('./pages/runs/run-page.tsx'), 'RunPage'),
});

const audit = createRoute({
  getParentRoute: inOrganization,
  path: '/audit',
  validateSearch: z.object({
    secret: searchText,
    actor: searchText,
    action: searchText,
    outcome: z.enum(['intent', 'success', 'refused', 'failed']).optional().catch(undefined),
    run: searchText,
    from: searchText,
    to: searchText,
  }),
  component: page(() => import('./pages/audit/audit-page.tsx'), 'AuditPage'),
});
const members = createRoute({
  getParentRoute: inOrganization,
  path: '/members',
  component: page(() => import('./pages/members/members-page.tsx'), 'MembersPage'),
});
const destinations = createRoute({
  getParentRoute: inOrganization,
  path: '/destinations',
  validateSearch: z.object({
    state: z.enum(DESTINATION_STATES).optional().catch(undefined),
    search: z.string().optional().catch(undefined),
  }),
  component: page(() => import('./pages/destinations/destinations-page.tsx'), 'DestinationsPage'),
});
const secretRequests = createRoute({
  getParentRoute: inOrganization,
  path: '/secret-requests',
  validateSearch: z.object({ state: z.enum(SECRET_REQUEST_STATES).optional().catch(undefined) }),
  component: page(() => import('./pages/secret-requests/secret-requests-page.tsx'), 'SecretRequestsPage'),
});
const settings = createRoute({
  getParentRoute: inOrganization,
  path: '/settings',
  component: page(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
});

const documentation = createRoute({
  getParentRoute: inOrganization,
  path: '/documentation',
  component: page(() => import('./pages/documentation/documentation-page.tsx'), 'DocumentationPage'),
});
const guide = createRoute({
  getParentRoute: inOrganization,
  path: '/documentation/$guide',
  component: page(() => import('./pages/documentation/guide-page.tsx'), 'GuidePage'),
});

const routeTree = root.addChildren([
  start,
  setup,
  signIn,
  forgotPassword,
  account,
  accountLink,
  invitations,
  newOrganization,
  organization.addChildren([
    overview,
    secrets,
    secret,
    projects,
    project,
    component,
    examples,
    example,
    workflow,
    runs,
    run,
    audit,
    members,
    destinations,
    secretRequests,
    settings,
    documentation,
    guide,
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
