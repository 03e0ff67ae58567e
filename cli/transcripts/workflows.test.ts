import { playTranscripts } from './testing/play-transcripts.ts';

playTranscripts('workflows');
