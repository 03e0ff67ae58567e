/** Everything that `holdfast start` understands; each plane gets only its own part. */
export const START_VARIABLES = [
  'HOLDFAST_HOME',
  'HOLDFAST_CONTROL_LISTEN',
  'HOLDFAST_DATA_LISTEN',
  'DATABASE_URL',
  'HOLDFAST_PUBLIC_URL',
  'HOLDFAST_ROOT_KEY_FILE',
  'HOLDFAST_SESSION_KEY_FILE',
  'HOLDFAST_EGRESS_ALLOW',
  'HOLDFAST_SOURCE_FOLDERS',
  'HOLDFAST_LOG_LEVEL',
] as const;
