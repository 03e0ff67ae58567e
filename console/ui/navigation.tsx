import { type Answer, type getSession, listOwnInvitations, may, type Permission } from '@holdfast/api';
import { CheckIcon, ChevronDownIcon, GearIcon, MailIcon, PersonIcon, PlusIcon, SignOutIcon, UnfoldIcon } from '@primer/octicons-react';
import { Link, useNavigate, useRouter } from '@tanstack/react-router';
import { useRef } from 'react';
import { useNumbersThatNeedAttention } from '../api/attention.ts';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import type { CurrentOrganization } from '../api/organization.ts';
import { endSession, forgetEverything } from '../api/session.ts';
import { Menu, MenuDivider, MenuItem } from './menu.tsx';
import classes from './navigation.module.css';
import { notifyProblem } from './notify.ts';

type Organizations = Answer<typeof getSession>['organizations'];

interface Place {
  to: string;
  label: string;
  permission: Permission;
  exact?: boolean;
  attention?: 'secrets' | 'projects' | 'runs' | 'destinations' | 'secretRequests';
}

const PLACES: readonly Place[] = [
  { to: '/organizations/$organization', label: 'Overview', permission: 'organization:read', exact: true },
  { to: '/organizations/$organization/secrets', label: 'Secrets', permission: 'secrets:read', attention: 'secrets' },
  { to: '/organizations/$organization/projects', label: 'Projects', permission: 'projects:read', attention: 'projects' },
  { to: '/organizations/$organization/runs', label: 'Runs', permission: 'runs:read', attention: 'runs' },
  { to: '/organizations/$organization/audit', label: 'Audit', permission: 'audit:read' },
];

const ORGANIZATION_PLACES: readonly Place[] = [
  { to: '/organizations/$organization/members', label: 'Members', permission: 'members:read' },
  { to: '/organizations/$organization/destinations', label: 'Destinations', permission: 'destinations:read', attention: 'destinations' },
  {
    to: '/organizations/$organization/secret-requests',
    label: 'Secret requests',
    permission: 'secret-requests:read',
    attention: 'secretRequests',
  },
  { to: '/organizations/$organization/settings', label: 'Keys & settings', permission: 'organization:read' },
  { to: '/organizations/$organization/documentation', label: 'Documentation', permission: 'organization:read' },
];

/** Where one can go, as far as the role allows; the organizations on top, the account at the bottom. */
export function Navigation({ current, organizations }: { current: CurrentOrganization; organizations: Organizations }) {
  const attention = useNumbersThatNeedAttention();
  const link = (place: Place) => {
    if (!may(current.role, place.permission)) return null;
    const number = place.attention === undefined ? undefined : attention[place.attention];
    return (
      <Link
        key={place.to}
        to={place.to}
        params={{ organization: current.slug }}
        activeOptions={{ exact: place.exact ?? false, includeSearch: false }}
        className={classes.place}
        activeProps={{ 'data-on': true, 'aria-current': 'page' } as object}
      >
        {place.label === 'Keys & settings' && !may(current.role, 'sealing-key:read') ? 'Settings' : place.label}
        {number === undefined || number.count === 0 ? null : (
          <span className={classes.number} title={number.says}>
            {number.count}
            <span className="visually-hidden"> {number.says}</span>
          </span>
        )}
      </Link>
    );
  };
  return (
    <div className={classes.navigation}>
      <OrganizationSwitcher current={current} organizations={organizations} />
      <nav aria-label="Main" className={classes.places}>
        {PLACES.map(link)}
        <span className={classes.heading}>Organization</span>
        {ORGANIZATION_PLACES.map(link)}
      </nav>
      <Account current={current} />
    </div>
  );
}

function OrganizationSwitcher({ current, organizations }: { current: CurrentOrganization; organizations: Organizations }) {
  const navigate = useNavigate();
  const invitations = useEndpoint(listOwnInvitations, undefined, { staleTime: 60_000 }).data?.items.length ?? 0;
  return (
    <Menu
      label="Organizations"
      buttonClass={classes.organization}
      button={
        <>
          <span className={classes.mark} aria-hidden data-letter={current.name.slice(0, 1).toUpperCase()} />
          <span className={classes.name}>{current.name}</span>
          <span className="visually-hidden">, switch organization</span>
          <ChevronDownIcon size={15} className={classes.sign} />
        </>
      }
    >
      {organizations.map((organization) => (
        <MenuItem
          key={organization.id}
          right={organization.slug === current.slug ? <CheckIcon size={15} aria-label="open now" /> : null}
          onClick={() => navigate({ to: '/organizations/$organization', params: { organization: organization.slug } })}
        >
          {organization.name}
        </MenuItem>
      ))}
      <MenuDivider />
      {invitations === 0 ? null : (
        <MenuItem icon={<MailIcon size={15} />} onClick={() => navigate({ to: '/invitations' })}>
          {invitations === 1 ? '1 invitation' : `${invitations} invitations`}
        </MenuItem>
      )}
      <MenuItem icon={<PlusIcon size={15} />} onClick={() => navigate({ to: '/new-organization' })}>
        New organization
      </MenuItem>
    </Menu>
  );
}

function Account({ current }: { current: CurrentOrganization }) {
  const navigate = useNavigate();
  const router = useRouter();
  const presses = useRef(0);
  async function leave() {
    presses.current += 1;
    const press = presses.current;
    try {
      await navigate({ to: '/sign-in' });
      // What is typed in the page may keep its reader there, who goes on with the session. It is known only
      // once the page is left after all: by then another press, or a link, may have done it.
      if (press !== presses.current || router.state.location.pathname !== '/sign-in') return;
      await endSession();
      forgetEverything();
    } catch (error) {
      // The session goes on: the sign-in page would say otherwise.
      router.history.back();
      notifyProblem(error);
    }
  }
  return (
    <Menu
      above
      label="Account"
      buttonClass={classes.account}
      button={
        <>
          <span className={classes.person}>
            <span className="visually-hidden">Account of </span>
            <span className={classes.name}>{current.user.name}</span>
            <span className={classes.role}>
              {current.role} · {current.user.email}
            </span>
          </span>
          <UnfoldIcon size={15} className={classes.sign} />
        </>
      }
    >
      <MenuItem icon={<PersonIcon size={15} />} onClick={() => navigate({ to: '/account' })}>
        Your account
      </MenuItem>
      <MenuItem
        icon={<GearIcon size={15} />}
        onClick={() => navigate({ to: '/organizations/$organization/settings', params: { organization: current.slug } })}
      >
        Tokens and appearance
      </MenuItem>
      <MenuItem icon={<SignOutIcon size={15} />} onClick={leave}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
