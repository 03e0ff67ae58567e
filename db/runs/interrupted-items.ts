import { ERROR_CODES, type Failure } from '@holdfast/api';

/** What is shown of a document whose sending was not seen to its end. */
export const UNCERTAIN: Failure = {
  code: 'publication_uncertain',
  detail: 'The run was stopped while this document was being sent: it may have arrived.',
  remedy: ERROR_CODES.publication_uncertain.remedy,
};

/**
 * SQL, of an item `i` that is under way and on which nobody works any more: it may have been sent to a
 * service that would not know it again. A step that was noted as done has not begun again.
 */
export const MAY_HAVE_BEEN_SENT = `(i.sending_step is not null and not exists (
  select from holdfast.item_step s where s.organization_id = i.organization_id and s.run_id = i.run_id and s.item_id = i.id
    and s.step_id = i.sending_step))`;
