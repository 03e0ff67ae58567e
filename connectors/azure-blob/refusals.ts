/**
 * What the service says about one document, in words and with what to do:
 * learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and …/common-rest-api-error-codes.
 * None of them says anything about the other documents.
 */
export interface Refusal {
  /** Follows the blob's name in quotes. */
  readonly detail: string;
  readonly remedy: string;
  /** The same attempt may succeed later. */
  readonly retryable?: true;
}

const PROTECTED: Refusal = {
  detail: 'is protected from changes in the container',
  remedy: 'Wait until its protection ends, or publish under another name.',
};
const LEASED: Refusal = {
  detail: 'is leased by another program',
  remedy: 'End the lease in the storage account, and start the run again.',
};
const ARCHIVED: Refusal = {
  detail: 'is archived in the container',
  remedy: 'Move the blob to an online tier, or publish under another name.',
};
const LEFTOVER_BLOCKS: Refusal = {
  detail: 'has blocks of an upload that another program did not finish, and these do not go together with ours',
  remedy: 'Finish or delete that upload, or publish under another name; the service removes such blocks after a week.',
};
const NAME: Refusal = {
  detail: 'is not a name that the account takes',
  remedy: 'Rename the document, and start the run again.',
};
const TIER: Refusal = {
  detail: 'cannot be put into the access tier that the component names',
  remedy: 'Choose another access tier in the component.',
};

const REFUSALS: Readonly<Record<string, Refusal>> = {
  UnauthorizedBlobOverwrite: {
    detail: 'is there already, and the credentials permit to create, not to replace',
    remedy: 'Use a shared access signature that permits Write as well, or let the component keep what is there.',
  },
  BlobImmutableDueToPolicy: PROTECTED,
  BlobImmutableDueToLegalHold: PROTECTED,
  ContainerHasLegalHold: PROTECTED,
  LeaseIdMissing: LEASED,
  LeaseIdMismatchWithBlobOperation: LEASED,
  BlobArchived: ARCHIVED,
  BlobBeingRehydrated: ARCHIVED,
  InvalidBlobOrBlock: LEFTOVER_BLOCKS,
  InvalidBlockId: LEFTOVER_BLOCKS,
  InvalidBlockList: {
    detail: 'was uploaded by another program at the same time, which removed our blocks',
    remedy: 'Start the run again when nothing else writes to it.',
    retryable: true,
  },
  InvalidBlobType: {
    detail: 'is there already, as a page or append blob',
    remedy: 'Delete that blob, or publish under another name.',
  },
  ResourceTypeMismatch: {
    detail: 'is a folder there, or would lie below a document',
    remedy: 'Publish under another name.',
  },
  SnapshotsPresent: {
    detail: 'has snapshots that keep it from being replaced',
    remedy: 'Delete its snapshots, or publish under another name.',
  },
  BlobUsesCustomerSpecifiedEncryption: {
    detail: 'is there already, encrypted with a key of its own',
    remedy: 'Delete that blob, or publish under another name.',
  },
  InvalidUri: NAME,
  InvalidResourceName: NAME,
  OutOfRangeInput: NAME,
  RequestUrlFailedToParse: NAME,
  RequestBodyTooLarge: { detail: 'is larger than the account takes', remedy: 'Divide the document.' },
  BlockCountExceedsLimit: LEFTOVER_BLOCKS,
  InvalidBlobTier: TIER,
  BlobAccessTierNotSupportedForAccountType: TIER,
  AccessTierNotSupportedForBlobType: TIER,
  Md5Mismatch: { detail: 'was damaged on its way', remedy: 'Start the run again.', retryable: true },
  ConditionNotMet: {
    detail: 'was changed by somebody else at the same time',
    remedy: 'Start the run again when nothing else writes to it.',
    retryable: true,
  },
  TargetConditionNotMet: {
    detail: 'was changed by somebody else at the same time',
    remedy: 'Start the run again when nothing else writes to it.',
    retryable: true,
  },
  BlobAlreadyExists: {
    detail: 'was put there by somebody else at the same time',
    remedy: 'Start the run again when nothing else writes to it.',
    retryable: true,
  },
};

/**
 * What a refusal of the service means and what to do, by its `x-ms-error-code`; `undefined` for a code that
 * is not in the table.
 */
export function refusalOf(code: string): Refusal | undefined {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
}
