/**
 * The error codes that Azure Storage documents for blobs. A code is shown to people; whatever else a server
 * sends in its place is not, since it could be part of what it was sent.
 * learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and …/common-rest-api-error-codes
 */
const KNOWN = new Set(
  `
    AccessTierNotSupportedForBlobType AccountAlreadyExists AccountBeingCreated AccountIsDisabled AppendPositionConditionNotMet AuthenticationFailed
    AuthorizationFailure AuthorizationPermissionMismatch AuthorizationProtocolMismatch AuthorizationResourceTypeMismatch
    AuthorizationServiceMismatch AuthorizationSourceIPMismatch BlobAccessTierNotSupportedForAccountType BlobAlreadyExists
    BlobArchived BlobBeingRehydrated BlobImmutableDueToLegalHold BlobImmutableDueToPolicy BlobNotArchived BlobNotFound
    BlobOperationNotSupported BlobOverwritten BlobTierInadequateForContentLength BlobUsesCustomerSpecifiedEncryption
    BlockCountExceedsLimit BlockListTooLong CannotChangeToLowerTier CannotReadFromSource CannotVerifyCopySource
    ConditionHeadersNotSupported ConditionNotMet ContainerAlreadyExists ContainerBeingDeleted ContainerBeingDisabled
    ContainerDisabled ContainerHasLegalHold ContainerImmutabilityPolicyLocked ContainerNotFound
    ContentLengthLargerThanTierLimit CopyAcrossAccountsNotSupported CopyIdMismatch EmptyMetadataKey
    FeatureNotYetSupportedForHierarchicalNamespaceAccounts FeatureVersionMismatch IncrementalCopyBlobMismatch
    IncrementalCopyOfEarlierSnapshotNotAllowed IncrementalCopySourceMustBeSnapshot InfiniteLeaseDurationRequired
    InsufficientAccountPermissions InternalError InvalidAuthenticationInfo InvalidBlobOrBlock InvalidBlobTier
    InvalidBlobType InvalidBlockId InvalidBlockList InvalidHeaderValue InvalidHttpVerb InvalidInput InvalidMd5
    InvalidMetadata InvalidOperation InvalidPageRange InvalidQueryParameterValue InvalidRange InvalidRequestMethod
    InvalidResourceName InvalidSourceBlobType InvalidSourceBlobUrl InvalidUri InvalidVersionForPageBlobOperation
    InvalidXmlDocument InvalidXmlNodeValue KeyBasedAuthenticationNotPermitted KeyVaultEncryptionKeyNotFound LeaseAlreadyBroken LeaseAlreadyPresent
    LeaseIdMismatchWithBlobOperation LeaseIdMismatchWithContainerOperation LeaseIdMismatchWithLeaseOperation LeaseIdMissing
    LeaseIsBreakingAndCannotBeAcquired LeaseIsBreakingAndCannotBeChanged LeaseIsBrokenAndCannotBeRenewed LeaseLost
    LeaseNotPresentWithBlobOperation LeaseNotPresentWithContainerOperation LeaseNotPresentWithLeaseOperation
    MaxBlobSizeConditionNotMet Md5Mismatch MetadataTooLarge MissingContentLengthHeader MissingRequiredHeader
    MissingRequiredQueryParameter MissingRequiredXmlNode MultipleConditionHeadersNotSupported NoAuthenticationInformation
    NoPendingCopyOperation OperationNotAllowedOnIncrementalCopyBlob OperationTimedOut OutOfRangeInput
    OutOfRangeQueryParameterValue PendingCopyOperation PreviousSnapshotCannotBeNewer PreviousSnapshotNotFound
    PreviousSnapshotOperationNotSupported PublicAccessNotPermitted RequestBodyTooLarge RequestUrlFailedToParse
    ResourceAlreadyExists ResourceNotFound ResourceTypeMismatch SequenceNumberConditionNotMet
    SequenceNumberIncrementTooLarge ServerBusy SnapshotCountExceeded SnapshotOperationRateExceeded SnapshotsPresent
    SourceConditionNotMet SystemInUse TargetConditionNotMet UnauthorizedBlobOverwrite UnsupportedHeader UnsupportedHttpVerb
    UnsupportedQueryParameter UnsupportedXmlNode
  `
    .trim()
    .split(/\s+/),
);

/** The code when it is a documented one, else the status alone. */
export function shownCode(code: string, status: number): string {
  return KNOWN.has(code) ? code : `status ${Number.isInteger(status) ? status : 'unknown'}`;
}
