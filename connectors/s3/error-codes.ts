/**
 * The error codes of S3 that can come of what we ask.
 * docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const DOCUMENTED_CODES: ReadonlySet<string> = new Set(
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
