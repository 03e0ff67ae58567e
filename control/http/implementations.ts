import { acceptInvitationHandler } from './access/accept-invitation.ts';
import { cancelOrganizationDeletionHandler } from './access/cancel-organization-deletion.ts';
import { createInvitationHandler } from './access/create-invitation.ts';
import { createOrganizationHandler } from './access/create-organization.ts';
import { createTokenHandler } from './access/create-token.ts';
import { declineInvitationHandler } from './access/decline-invitation.ts';
import { deleteInvitationHandler } from './access/delete-invitation.ts';
import { deleteTokenHandler } from './access/delete-token.ts';
import { getInstanceHandler } from './access/get-instance.ts';
import { getOrganizationDeletionHandler } from './access/get-organization-deletion.ts';
import { getOverviewHandler } from './access/get-overview.ts';
import { getSessionHandler } from './access/get-session.ts';
import { leaveOrganizationHandler } from './access/leave-organization.ts';
import { listInvitationsHandler } from './access/list-invitations.ts';
import { listMembersHandler } from './access/list-members.ts';
import { listOwnInvitationsHandler } from './access/list-own-invitations.ts';
import { listTokensHandler } from './access/list-tokens.ts';
import { lookUpAccountLinkHandler } from './access/look-up-account-link.ts';
import { redeemAccountLinkHandler } from './access/redeem-account-link.ts';
import { removeMemberHandler } from './access/remove-member.ts';
import { requestOrganizationDeletionHandler } from './access/request-organization-deletion.ts';
import { setUpHandler } from './access/set-up.ts';
import { updateMemberHandler } from './access/update-member.ts';
import { updateOrganizationHandler } from './access/update-organization.ts';
import { cancelEmailChangeHandler } from './account/cancel-email-change.ts';
import { changePasswordHandler } from './account/change-password.ts';
import { confirmEmailHandler } from './account/confirm-email.ts';
import { endOtherSessionsHandler } from './account/end-other-sessions.ts';
import { endSessionHandler } from './account/end-session.ts';
import { forgetDeviceHandler } from './account/forget-device.ts';
import { getAccountHandler } from './account/get-account.ts';
import { listDevicesHandler } from './account/list-devices.ts';
import { listSessionsHandler } from './account/list-sessions.ts';
import { requestEmailChangeHandler } from './account/request-email-change.ts';
import { requestPasswordResetHandler } from './account/request-password-reset.ts';
import { updateAccountHandler } from './account/update-account.ts';
import { exportAuditHandler } from './audit/export-audit.ts';
import { getAuditConsistencyHandler } from './audit/get-audit-consistency.ts';
import { getAuditProofHandler } from './audit/get-audit-proof.ts';
import { getAuditRecordHandler } from './audit/get-audit-record.ts';
import { listAuditHandler } from './audit/list-audit.ts';
import { listAuditActionsHandler } from './audit/list-audit-actions.ts';
import type { Implementation } from './endpoint-handler.ts';
import { listKeysHandler } from './keys/list-keys.ts';
import { rotateKeysHandler } from './keys/rotate-keys.ts';
import { createComponentHandler } from './projects/create-component.ts';
import { createProjectHandler } from './projects/create-project.ts';
import { deleteComponentHandler } from './projects/delete-component.ts';
import { deleteProjectHandler } from './projects/delete-project.ts';
import { getComponentHandler } from './projects/get-component.ts';
import { getProjectHandler } from './projects/get-project.ts';
import { listComponentTypesHandler } from './projects/list-component-types.ts';
import { listComponentsHandler } from './projects/list-components.ts';
import { listProjectsHandler } from './projects/list-projects.ts';
import { testComponentHandler } from './projects/test-component.ts';
import { testUnsavedComponentHandler } from './projects/test-unsaved-component.ts';
import { updateComponentHandler } from './projects/update-component.ts';
import { updateProjectHandler } from './projects/update-project.ts';
import { deleteSecretHandler } from './secrets/delete-secret.ts';
import { getSealingKeyHandler } from './secrets/get-sealing-key.ts';
import { getSecretHandler } from './secrets/get-secret.ts';
import { listSecretBindingsHandler } from './secrets/list-secret-bindings.ts';
import { listSecretNamesHandler } from './secrets/list-secret-names.ts';
import { listSecretVersionsHandler } from './secrets/list-secret-versions.ts';
import { listSecretsHandler } from './secrets/list-secrets.ts';
import { putSecretHandler } from './secrets/put-secret.ts';
import { updateSecretHandler } from './secrets/update-secret.ts';
import { cancelRunHandler } from './workflows/cancel-run.ts';
import { createWorkflowHandler } from './workflows/create-workflow.ts';
import { deleteWorkflowHandler } from './workflows/delete-workflow.ts';
import { getRunHandler } from './workflows/get-run.ts';
import { getWorkflowHandler } from './workflows/get-workflow.ts';
import { listRunItemsHandler } from './workflows/list-run-items.ts';
import { listRunLogHandler } from './workflows/list-run-log.ts';
import { listRunsHandler } from './workflows/list-runs.ts';
import { listSourceFoldersHandler } from './workflows/list-source-folders.ts';
import { listWorkflowRunsHandler } from './workflows/list-workflow-runs.ts';
import { listWorkflowsHandler } from './workflows/list-workflows.ts';
import { startRunHandler } from './workflows/start-run.ts';
import { updateWorkflowHandler } from './workflows/update-workflow.ts';
import { uploadDocumentHandler } from './workflows/upload-document.ts';

/** What implements each endpoint of packages/api. A server in which one is missing does not start. */
export const IMPLEMENTATIONS: readonly Implementation[] = [
  acceptInvitationHandler,
  createInvitationHandler,
  createOrganizationHandler,
  createTokenHandler,
  declineInvitationHandler,
  deleteInvitationHandler,
  deleteTokenHandler,
  getInstanceHandler,
  getOverviewHandler,
  getSessionHandler,
  listInvitationsHandler,
  listMembersHandler,
  listOwnInvitationsHandler,
  listTokensHandler,
  lookUpAccountLinkHandler,
  removeMemberHandler,
  setUpHandler,
  updateMemberHandler,
  redeemAccountLinkHandler,
  cancelEmailChangeHandler,
  changePasswordHandler,
  confirmEmailHandler,
  endOtherSessionsHandler,
  endSessionHandler,
  forgetDeviceHandler,
  getAccountHandler,
  listDevicesHandler,
  listSessionsHandler,
  requestEmailChangeHandler,
  requestPasswordResetHandler,
  updateAccountHandler,
  cancelOrganizationDeletionHandler,
  getOrganizationDeletionHandler,
  requestOrganizationDeletionHandler,
  updateOrganizationHandler,
  leaveOrganizationHandler,
  exportAuditHandler,
  getAuditConsistencyHandler,
  getAuditProofHandler,
  getAuditRecordHandler,
  listAuditActionsHandler,
  listAuditHandler,
  listKeysHandler,
  rotateKeysHandler,
  createComponentHandler,
  createProjectHandler,
  deleteComponentHandler,
  deleteProjectHandler,
  getComponentHandler,
  getProjectHandler,
  listComponentTypesHandler,
  listComponentsHandler,
  listProjectsHandler,
  testComponentHandler,
  testUnsavedComponentHandler,
  updateComponentHandler,
  updateProjectHandler,
  deleteSecretHandler,
  getSealingKeyHandler,
  getSecretHandler,
  listSecretBindingsHandler,
  listSecretNamesHandler,
  listSecretVersionsHandler,
  listSecretsHandler,
  putSecretHandler,
  updateSecretHandler,
  cancelRunHandler,
  createWorkflowHandler,
  deleteWorkflowHandler,
  getRunHandler,
  getWorkflowHandler,
  listRunItemsHandler,
  listRunLogHandler,
  listRunsHandler,
  listSourceFoldersHandler,
  listWorkflowRunsHandler,
  listWorkflowsHandler,
  startRunHandler,
  updateWorkflowHandler,
  uploadDocumentHandler,
];
