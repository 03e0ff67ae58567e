/** How long a service may keep us. */
export interface EgressLimits {
  /** From the look-up of the name to the last byte of the answer. */
  readonly requestMilliseconds: number;
  /** Of what is sent or received; a transfer that stays below for 30 seconds is ended. 0 for any rate. */
  readonly bytesPerSecond: number;
}

export const DEFAULT_LIMITS: EgressLimits = { requestMilliseconds: 600_000, bytesPerSecond: 1_024 };
