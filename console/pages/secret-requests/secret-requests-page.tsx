import { listSecretRequests, SECRET_REQUEST_STATES } from '@holdfast/api';
import { KeyIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { useRequestAnswers } from './request-answers.tsx';
import { RequestTable } from './request-table.tsx';
import { STATE_WORDS } from './request-words.ts';
import classes from './secret-requests.module.css';

/** What members have asked owners and admins for, and what came of it. An editor sees their own. */
export function SecretRequestsPage() {
  const { slug, may } = useOrganization();
  const navigate = useNavigate();
  const { state } = useSearch({ from: '/organizations/$organization/secret-requests' });
  const list = useEndpointPages(
    listSecretRequests,
    { query: state === undefined ? {} : { state } },
    { enabled: may('secret-requests:read'), keepPrevious: true },
  );
  const { answers, dialogs } = useRequestAnswers();
  if (!may('secret-requests:read')) {
    return (
      <Page title="Secret requests">
        <NoPermission what="Editors ask for secrets, and owners and admins answer." />
      </Page>
    );
  }
  const decides = may('secret-requests:decide');
  return (
    <Page
      title="Secret requests"
      description={
        decides
          ? 'Secrets that editors need for a component and cannot add. A request holds a name and words, never a value.'
          : 'Secrets that you asked owners and admins for. One that is added stands in the list of the component’s form.'
      }
    >
      <div className={classes.tools}>
        <ChoiceChips
          label="State"
          value={state ?? 'all'}
          choices={[
            { value: 'all', label: 'All' },
            ...SECRET_REQUEST_STATES.map((value) => ({
              value,
              label: STATE_WORDS[value],
              count: value === 'waiting' ? list.first?.waiting : undefined,
            })),
          ]}
          onChange={(choice) =>
            void navigate({
              to: '/organizations/$organization/secret-requests',
              params: { organization: slug },
              search: { state: SECRET_REQUEST_STATES.find((known) => known === choice) },
              replace: true,
            })
          }
        />
      </div>
      <WhenRead what="The requests" of={list}>
        <RequestTable
          label="Secret requests"
          rows={list.items}
          loading={list.isPending}
          answers={answers}
          hasMore={list.hasNextPage}
          loadMore={() => void list.fetchNextPage()}
          loadingMore={list.isFetchingNextPage}
          empty={
            <EmptyState icon={<KeyIcon size={24} />} title={state === undefined ? 'Nobody has asked for a secret' : 'None in this state'}>
              {decides
                ? 'Who configures a component and finds no secret for it asks here: “Ask an admin for one”, below the list of secrets.'
                : 'In the form of a component, open the list of secrets and choose “Ask an admin for one”.'}
            </EmptyState>
          }
        />
      </WhenRead>
      {dialogs}
    </Page>
  );
}
