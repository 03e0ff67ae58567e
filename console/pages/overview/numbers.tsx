import type { Answer, getOverview } from '@holdfast/api';
import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import { useOrganization } from '../../api/organization.ts';
import classes from './numbers.module.css';

type Target = Pick<ComponentProps<typeof Link>, 'to' | 'search'>;

interface Fact {
  count: number;
  says: string;
  tone?: 'warn' | 'bad';
  target: Target;
}

const SECRETS = '/organizations/$organization/secrets';
const PROJECTS = '/organizations/$organization/projects';
const RUNS = '/organizations/$organization/runs';

/** Every number leads to its list. Colour and a place in front are only for what needs somebody. */
export function Numbers({ overview }: { overview: Answer<typeof getOverview> }) {
  const organization = useOrganization();
  const { secrets, components, runs } = overview;
  const groups: { name: string; facts: Fact[] }[] = [
    ...(secrets === null
      ? []
      : [
          {
            name: 'Secrets',
            facts: [
              fact(secrets.total, 'kept', { to: SECRETS }),
              fact(secrets.expired, 'expired', { to: SECRETS, search: { filter: 'expired' } }, 'bad'),
              fact(secrets.rotationDue, 'due for rotation', { to: SECRETS, search: { filter: 'rotation-due' } }, 'warn'),
              fact(secrets.unused, 'unused', { to: SECRETS, search: { filter: 'unused' } }),
            ],
          },
        ]),
    {
      name: 'Projects',
      facts: [
        fact(overview.projects, overview.projects === 1 ? 'project' : 'projects', { to: PROJECTS }),
        fact(components.total, components.total === 1 ? 'component' : 'components', { to: PROJECTS }),
        fact(components.broken, 'broken', { to: PROJECTS }, 'bad'),
        fact(overview.workflows, overview.workflows === 1 ? 'workflow' : 'workflows', { to: PROJECTS }),
      ],
    },
    {
      name: 'Runs',
      facts: [
        fact(runs.active, 'running now', { to: RUNS, search: { status: 'running' } }),
        fact(runs.succeededToday, 'succeeded today', { to: RUNS, search: { status: 'succeeded' } }),
        fact(runs.failedToday, 'failed today', { to: RUNS, search: { status: 'failed' } }, 'bad'),
      ],
    },
  ];
  return (
    <div className={classes.groups}>
      {groups.map((group) => (
        <section key={group.name} className={classes.group} aria-label={group.name}>
          <h2 className={classes.name}>{group.name}</h2>
          <ul className={classes.facts}>
            {group.facts.map(({ count, says, tone, target }, index) => (
              <li key={says} data-first={index === 0}>
                <Link
                  {...target}
                  params={{ organization: organization.slug }}
                  className={classes.fact}
                  data-tone={count > 0 ? tone : undefined}
                >
                  <span className={classes.count}>{count.toLocaleString()}</span> <span className={classes.says}>{says}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function fact(count: number, says: string, target: Target, tone?: Fact['tone']): Fact {
  return { count, says, target, ...(tone === undefined ? {} : { tone }) };
}
