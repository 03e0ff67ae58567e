import { listSecretRequests } from '@holdfast/api';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { useRequestAnswers } from '../secret-requests/request-answers.tsx';
import { RequestTable } from '../secret-requests/request-table.tsx';
import { WAITING_SHOWN, WaitingSection } from './waiting-section.tsx';

const TITLE = 'Secrets that are asked for';
const NOTE_LINES = 2;

/** Secrets that somebody waits for; nothing while there are none. */
export function WaitingRequests({ waiting }: { waiting: number }) {
  const { slug, may } = useOrganization();
  const enabled = waiting > 0 && may('secret-requests:decide');
  const list = useEndpoint(listSecretRequests, { query: { state: 'waiting', limit: WAITING_SHOWN } }, { enabled });
  const { answers, dialogs } = useRequestAnswers();
  return (
    <>
      {enabled ? (
        <WaitingSection
          title={TITLE}
          waiting={waiting}
          all={(words) => (
            <TextLink
              size="sm"
              to="/organizations/$organization/secret-requests"
              params={{ organization: slug }}
              search={{ state: 'waiting' }}
            >
              {words}
            </TextLink>
          )}
        >
          <WhenRead what="The requests for secrets" of={list}>
            <RequestTable label={TITLE} rows={list.data?.items ?? []} loading={list.isPending} answers={answers} noteLines={NOTE_LINES} />
          </WhenRead>
        </WaitingSection>
      ) : null}
      {dialogs}
    </>
  );
}
