/**
 * The error codes of S3 that can come of what we ask. A code is shown to people; whatever else a server sends
 * in its place is not, since it could be part of what it was sent.
 * docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const KNOWN = new Set(
  `
    AccessDenied AccessControlListNotSupported AccountProblem AllAccessDisabled AuthorizationHeaderMalformed BadDigest BucketNotEmpty
    ConditionalRequestConflict EntityTooLarge EntityTooSmall ExpiredToken IllegalLocationConstraintException IncompleteBody
    InternalError InvalidAccessKeyId InvalidAccessPoint InvalidArgument InvalidBucketName InvalidBucketState InvalidDigest
    InvalidObjectState InvalidPart InvalidPartOrder InvalidRequest InvalidSecurity InvalidStorageClass InvalidTag InvalidToken
    InvalidURI KMS.DisabledException KMS.InvalidStateException KMS.KMSInvalidStateException KMS.NotFoundException KeyTooLongError
    MalformedXML MetadataTooLarge MethodNotAllowed MissingContentLength MissingSecurityHeader NoSuchBucket NoSuchKey NoSuchUpload
    NotFound NotImplemented NotSignedUp OperationAborted PermanentRedirect PreconditionFailed QuotaExceeded Redirect
    RequestTimeTooSkewed RequestTimeout ServiceUnavailable SignatureDoesNotMatch SlowDown StorageFull TemporaryRedirect
    TokenRefreshRequired TooManyRequests UnauthorizedAccess UnexpectedContent UserSuspended XAmzContentSHA256Mismatch
    XMinioServerNotInitialized XMinioStorageFull InsufficientStorage BucketAlreadyExists ObjectLocked
  `
    .trim()
    .split(/\s+/),
);

/** The code when it is a documented one, else the status alone. */
export function shownCode(code: string, status: number): string {
  return KNOWN.has(code) ? code : `status ${Number.isInteger(status) ? status : 'unknown'}`;
}
