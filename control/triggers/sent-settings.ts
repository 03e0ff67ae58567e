import type { Body, createTrigger } from '@holdfast/api';

/** The settings of a trigger as they are sent, read by their schema. */
export type SentSettings = Body<typeof createTrigger>['settings'];
