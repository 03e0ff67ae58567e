import type { SecretRequest } from '@holdfast/api';
import type { Tone } from '../../ui/tone.ts';

type State = SecretRequest['state'];

export const STATE_WORDS: Readonly<Record<State, string>> = {
  waiting: 'Waiting',
  fulfilled: 'Fulfilled',
  declined: 'Declined',
  withdrawn: 'Withdrawn',
};

export const STATE_TONES: Readonly<Record<State, Tone>> = { waiting: 'warn', fulfilled: 'good', declined: 'bad', withdrawn: 'quiet' };
