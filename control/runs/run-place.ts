/** Which run is read. */
export interface RunPlace {
  readonly organizationId: string;
  readonly runId: string;
}

/** Its documents. */
export interface ItemsPlace extends RunPlace {
  /** Whether people are led to the data plane for a document that lies in a bucket: only then it is named. */
  readonly bucketIsReached: boolean;
}
