import { cancelEmailChangeHandler } from './accounts/cancel-email-change.ts';
import { changePasswordHandler } from './accounts/change-password.ts';
import { confirmEmailHandler } from './accounts/confirm-email.ts';
import { createTokenHandler } from './accounts/create-token.ts';
import { deleteTokenHandler } from './accounts/delete-token.ts';
import { endOtherSessionsHandler } from './accounts/end-other-sessions.ts';
import { endSessionHandler } from './accounts/end-session.ts';
import { forgetDeviceHandler } from './accounts/forget-device.ts';
import { getAccountHandler } from './accounts/get-account.ts';
import { getSessionHandler } from './accounts/get-session.ts';
import { listDevicesHandler } from './accounts/list-devices.ts';
import { listSessionsHandler } from './accounts/list-sessions.ts';
import { listTokensHandler } from './accounts/list-tokens.ts';
import { lookUpAccountLinkHandler } from './accounts/look-up-account-link.ts';
import { redeemAccountLinkHandler } from './accounts/redeem-account-link.ts';
import { requestEmailChangeHandler } from './accounts/request-email-change.ts';
import { requestPasswordResetHandler } from './accounts/request-password-reset.ts';
import { setUpHandler } from './accounts/set-up.ts';
import { updateAccountHandler } from './accounts/update-account.ts';
import { exportAuditHandler } from './audit/export-audit.ts';
import { getAuditConsistencyHandler } from './audit/get-audit-consistency.ts';
import { getAuditProofHandler } from './audit/get-audit-proof.ts';
import { getAuditRecordHandler } from './audit/get-audit-record.ts';
import { listAuditHandler } from './audit/list-audit.ts';
import { listAuditActionsHandler } from './audit/list-audit-actions.ts';
import { createComponentHandler } from './components/create-component.ts';
import { deleteComponentHandler } from './components/delete-component.ts';
import { getComponentHandler } from './components/get-component.ts';
import { listComponentTypesHandler } from './components/list-component-types.ts';
import { listComponentsHandler } from './components/list-components.ts';
import { testComponentHandler } from './components/test-component.ts';
import { testUnsavedComponentHandler } from './components/test-unsaved-component.ts';
import { updateComponentHandler } from './components/update-component.ts';
import { decideDestinationsHandler } from './destinations/decide-destinations.ts';
import { listDestinationsHandler } from './destinations/list-destinations.ts';
import { setDestinationModeHandler } from './destinations/set-destination-mode.ts';
import { downloadRunDocumentHandler } from './documents/download-run-document.ts';
import { uploadDocumentHandler } from './documents/upload-document.ts';
import type { ControlImplementation } from './implement.ts';
import { listKeysHandler } from './keys/list-keys.ts';
import { rotateKeysHandler } from './keys/rotate-keys.ts';
import { cancelOrganizationDeletionHandler } from './organizations/cancel-organization-deletion.ts';
import { createOrganizationHandler } from './organizations/create-organization.ts';
import { getInstanceHandler } from './organizations/get-instance.ts';
import { getOrganizationDeletionHandler } from './organizations/get-organization-deletion.ts';
import { getOverviewHandler } from './organizations/get-overview.ts';
import { listNodesHandler } from './organizations/list-nodes.ts';
import { requestOrganizationDeletionHandler } from './organizations/request-organization-deletion.ts';
import { updateOrganizationHandler } from './organizations/update-organization.ts';
import { acceptInvitationHandler } from './people/accept-invitation.ts';
import { createInvitationHandler } from './people/create-invitation.ts';
import { declineInvitationHandler } from './people/decline-invitation.ts';
import { deleteInvitationHandler } from './people/delete-invitation.ts';
import { leaveOrganizationHandler } from './people/leave-organization.ts';
import { listInvitationsHandler } from './people/list-invitations.ts';
import { listMembersHandler } from './people/list-members.ts';
import { listOwnInvitationsHandler } from './people/list-own-invitations.ts';
import { removeMemberHandler } from './people/remove-member.ts';
import { updateMemberHandler } from './people/update-member.ts';
import { createProjectHandler } from './projects/create-project.ts';
import { deleteProjectHandler } from './projects/delete-project.ts';
import { getProjectHandler } from './projects/get-project.ts';
import { listProjectsHandler } from './projects/list-projects.ts';
import { updateProjectHandler } from './projects/update-project.ts';
import { getRetentionHandler } from './retention/get-retention.ts';
import { setRetentionHandler } from './retention/set-retention.ts';
import { setWorkflowRetentionHandler } from './retention/set-workflow-retention.ts';
import { cancelRunHandler } from './runs/cancel-run.ts';
import { getRunHandler } from './runs/get-run.ts';
import { getRunHistoryHandler } from './runs/get-run-history.ts';
import { getRunStepsHandler } from './runs/get-run-steps.ts';
import { listRunItemsHandler } from './runs/list-run-items.ts';
import { listRunLogHandler } from './runs/list-run-log.ts';
import { listRunsHandler } from './runs/list-runs.ts';
import { listWorkflowRunsHandler } from './runs/list-workflow-runs.ts';
import { retryRunHandler } from './runs/retry-run.ts';
import { startRunHandler } from './runs/start-run.ts';
import { watchRunHandler } from './runs/watch-run.ts';
import { decideSecretRequestHandler } from './secret-requests/decide-secret-request.ts';
import { listSecretRequestsHandler } from './secret-requests/list-secret-requests.ts';
import { requestSecretHandler } from './secret-requests/request-secret.ts';
import { withdrawSecretRequestHandler } from './secret-requests/withdraw-secret-request.ts';
import { deleteSecretHandler } from './secrets/delete-secret.ts';
import { getSealingKeyHandler } from './secrets/get-sealing-key.ts';
import { getSecretHandler } from './secrets/get-secret.ts';
import { getSecretReplacementHandler } from './secrets/get-secret-replacement.ts';
import { listSecretBindingsHandler } from './secrets/list-secret-bindings.ts';
import { listSecretNamesHandler } from './secrets/list-secret-names.ts';
import { listSecretVersionsHandler } from './secrets/list-secret-versions.ts';
import { listSecretsHandler } from './secrets/list-secrets.ts';
import { putSecretHandler } from './secrets/put-secret.ts';
import { updateSecretHandler } from './secrets/update-secret.ts';
import { createTriggerHandler } from './triggers/create-trigger.ts';
import { deleteTriggerHandler } from './triggers/delete-trigger.ts';
import { listTriggersHandler } from './triggers/list-triggers.ts';
import { replaceTriggerTokenHandler } from './triggers/replace-trigger-token.ts';
import { updateTriggerHandler } from './triggers/update-trigger.ts';
import { createWorkflowHandler } from './workflows/create-workflow.ts';
import { deleteWorkflowHandler } from './workflows/delete-workflow.ts';
import { discardWorkflowDraftHandler } from './workflows/discard-workflow-draft.ts';
import { getWorkflowHandler } from './workflows/get-workflow.ts';
import { listSourceFoldersHandler } from './workflows/list-source-folders.ts';
import { listWorkflowVersionsHandler } from './workflows/list-workflow-versions.ts';
import { listWorkflowsHandler } from './workflows/list-workflows.ts';
import { preflightDefinitionHandler } from './workflows/preflight-definition.ts';
import { preflightWorkflowHandler } from './workflows/preflight-workflow.ts';
import { publishWorkflowHandler } from './workflows/publish-workflow.ts';
import { restoreWorkflowVersionHandler } from './workflows/restore-workflow-version.ts';
import { setWorkflowLimitsHandler } from './workflows/set-workflow-limits.ts';
import { updateWorkflowHandler } from './workflows/update-workflow.ts';

/** What implements each endpoint of packages/api. A server in which one is missing does not start. */
export const IMPLEMENTATIONS: readonly ControlImplementation[] = [
  createTriggerHandler,
  deleteTriggerHandler,
  listTriggersHandler,
  replaceTriggerTokenHandler,
  updateTriggerHandler,
  acceptInvitationHandler,
  createInvitationHandler,
  createOrganizationHandler,
  createTokenHandler,
  declineInvitationHandler,
  deleteInvitationHandler,
  deleteTokenHandler,
  getInstanceHandler,
  getOverviewHandler,
  listNodesHandler,
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
  decideDestinationsHandler,
  listDestinationsHandler,
  setDestinationModeHandler,
  decideSecretRequestHandler,
  listSecretRequestsHandler,
  requestSecretHandler,
  withdrawSecretRequestHandler,
  deleteSecretHandler,
  getSealingKeyHandler,
  getSecretHandler,
  getSecretReplacementHandler,
  listSecretBindingsHandler,
  listSecretNamesHandler,
  listSecretVersionsHandler,
  listSecretsHandler,
  putSecretHandler,
  updateSecretHandler,
  cancelRunHandler,
  retryRunHandler,
  watchRunHandler,
  setWorkflowLimitsHandler,
  getRunHistoryHandler,
  setWorkflowRetentionHandler,
  setRetentionHandler,
  getRetentionHandler,
  downloadRunDocumentHandler,
  createWorkflowHandler,
  deleteWorkflowHandler,
  getRunHandler,
  getRunStepsHandler,
  discardWorkflowDraftHandler,
  getWorkflowHandler,
  listRunItemsHandler,
  listRunLogHandler,
  listRunsHandler,
  listSourceFoldersHandler,
  listWorkflowRunsHandler,
  listWorkflowVersionsHandler,
  listWorkflowsHandler,
  publishWorkflowHandler,
  restoreWorkflowVersionHandler,
  startRunHandler,
  preflightDefinitionHandler,
  preflightWorkflowHandler,
  updateWorkflowHandler,
  uploadDocumentHandler,
];
