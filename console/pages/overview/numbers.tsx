import type { Answer, getOverview } from '@holdfast/api';
import { Link, type LinkProps, linkOptions } from '@tanstack/react-router';
import { useOrganization } from '../../api/organization.ts';
import classes from './numbers.module.css';

interface Fact {
  count: number;
  says: string;
  tone?: 'warn' | 'bad';
  target: LinkProps;
}

/** Every number leads to its list. Colour and a place in front are only for what needs somebody. */
export function Numbers({ overview }: { overview: Answer<typeof getOverview> }) {
  const organization = useOrganization();
  const { secrets, components, runs } = overview;
  const params = { organization: organization.slug };
  const toSecrets = (filter?: 'expired' | 'rotation-due' | 'unused') =>
    linkOptions({ to: '/organizations/$organization/secrets', params, search: { filter } });
  const toProjects = linkOptions({ to: '/organizations/$organization/projects', params });
  const toRuns = (status: 'running' | 'succeeded' | 'failed') =>
    linkOptions({ to: '/organizations/$organization/runs', params, search: { status } });
  const groups: { name: string; facts: Fact[] }[] = [
    ...(secrets === null
      ? []
      : [
          {
            name: 'Secrets',
            facts: [
              fact(secrets.total, 'kept', toSecrets()),
              fact(secrets.expired, 'expired', toSecrets('expired'), 'bad'),
              fact(secrets.rotationDue, 'due for rotation', toSecrets('rotation-due'), 'warn'),
              fact(secrets.unused, 'unused', toSecrets('unused')),
            ],
          },
        ]),
    {
      name: 'Projects',
      facts: [
        fact(overview.projects, overview.projects === 1 ? 'project' : 'projects', toProjects),
        ...(organization.may('components:read')
          ? [
              fact(components.total, components.total === 1 ? 'component' : 'components', toProjects),
              fact(components.broken, 'broken', toProjects, 'bad'),
            ]
          : []),
        fact(overview.workflows, overview.workflows === 1 ? 'workflow' : 'workflows', toProjects),
      ],
    },
    {
      name: 'Runs',
      facts: [
        fact(runs.active, 'running now', toRuns('running')),
        fact(runs.succeededToday, 'succeeded today', toRuns('succeeded')),
        fact(runs.failedToday, 'failed today', toRuns('failed'), 'bad'),
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
              <li key={says}>
                <Link {...target} className={classes.fact} data-tone={count > 0 ? tone : undefined}>
                  <span className={classes.count} data-first={index === 0}>
                    {count.toLocaleString()}
                  </span>{' '}
                  <span className={classes.says}>{says}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function fact(count: number, says: string, target: LinkProps, tone?: Fact['tone']): Fact {
  return { count, says, target, ...(tone === undefined ? {} : { tone }) };
}
