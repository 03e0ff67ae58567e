import type { ConnectorContext } from '@holdfast/connector';
import type { Conversation } from './conversation.ts';
import { explainModelFailure, notUnderstood } from './failures.ts';
import type { ModelTask } from './task.ts';
import type { ModelAnswer, ModelService } from './transform.ts';

const CHECK_MILLISECONDS = 20_000;

export interface ModelSettings {
  readonly task: ModelTask;
  readonly baseUrl: URL;
  readonly model: string;
}

/** Until an answer begins, and until it is there. */
export interface AnswerLimits {
  readonly answerMilliseconds: number;
  readonly wholeMilliseconds: number;
}

/** What differs between services. */
export interface ModelApi extends Pick<ModelService, 'schemaInWords' | 'imageMaximumBytes'> {
  /** Sends one request. What it rejects with is explained by {@link explainModelFailure}. */
  send(conversation: Conversation, limits: AnswerLimits): Promise<unknown>;
  /** `undefined` for what is no answer of this API. */
  read(answer: unknown): ModelAnswer | undefined;
}

/**
 * A service for one document, or for a connection test: its limits of time, and its failures in words.
 *
 * @param document its name, for failures; a connection test has none, and 24 seconds.
 */
export function modelService(
  api: ModelApi,
  { task, baseUrl, model }: ModelSettings,
  { signal }: Pick<ConnectorContext, 'signal'>,
  document: string | undefined,
): ModelService {
  const attempt = { host: baseUrl.host, model, signal, ...(document !== undefined && { document }) };
  const limits =
    document === undefined
      ? { answerMilliseconds: CHECK_MILLISECONDS, wholeMilliseconds: CHECK_MILLISECONDS + 4_000 }
      : { answerMilliseconds: task.answerMilliseconds, wholeMilliseconds: task.answerMilliseconds + 60_000 };
  return {
    schemaInWords: api.schemaInWords,
    imageMaximumBytes: api.imageMaximumBytes,
    async ask(conversation) {
      let answer: unknown;
      try {
        answer = await api.send(conversation, limits);
      } catch (error) {
        throw explainModelFailure(error, attempt);
      }
      const read = api.read(answer);
      if (read === undefined) throw notUnderstood(attempt);
      return read;
    },
  };
}
