import Anthropic from '@anthropic-ai/sdk';
import type { ConnectorContext } from '@holdfast/connector';
import {
  type Conversation,
  type ModelAnswer,
  type ModelCall,
  type ModelService,
  modelService,
  requireAnswerLevels,
} from '@holdfast/model-tasks';
import type { AnthropicOptions } from './options.ts';

type Request = Anthropic.Messages.MessageCreateParamsNonStreaming;

/** docs.anthropic.com/en/docs/build-with-claude/vision: 5 MB an image, counted in base64. */
const IMAGE_MAXIMUM_BYTES = (5 * 1024 * 1024 * 3) / 4;

/** The tool whose input is the answer. */
const ANSWER_TOOL = 'answer';

/**
 * The service for one document, or for a connection test.
 *
 * @param document its name, for failures; none in a connection test.
 */
export function serviceOf(settings: AnthropicOptions, context: ConnectorContext, document?: string): ModelService {
  const api = {
    schemaInWords: false,
    imageMaximumBytes: IMAGE_MAXIMUM_BYTES,
    send: (conversation: Conversation, call: ModelCall) => clientOf(settings, call).messages.create(requestOf(settings, conversation)),
    read: (answer: unknown) => readMessage(answer, document),
  };
  return modelService(api, settings, context, document);
}

/** The SDK with our way out, its retries off and no credentials from the environment. */
function clientOf({ apiKey, baseUrl }: AnthropicOptions, { fetch, wholeMilliseconds }: ModelCall): Anthropic {
  return new Anthropic({
    apiKey,
    webhookKey: null,
    baseURL: baseUrl.href.replace(/(?<!\/)\/+$/, ''),
    maxRetries: 0,
    // The egress says more precisely what took too long; this is for an answer that comes slowly.
    timeout: wholeMilliseconds,
    logLevel: 'off',
    fetch,
  });
}

function requestOf({ task, model }: AnthropicOptions, conversation: Conversation): Request {
  return {
    model,
    max_tokens: task.maximumOutputTokens,
    system: conversation.system,
    messages: messagesOf(conversation),
    ...(task.schema !== undefined && {
      tools: [{ name: ANSWER_TOOL, description: 'Takes the answer.', input_schema: { ...task.schema, type: 'object' as const } }],
      tool_choice: { type: 'tool' as const, name: ANSWER_TOOL, disable_parallel_tool_use: true },
    }),
  };
}

function messagesOf({ introduction, input, rejected }: Conversation): Request['messages'] {
  const messages: Request['messages'] = [
    {
      role: 'user',
      content:
        input.kind === 'text'
          ? `${introduction}\n\n${input.text}`
          : [
              { type: 'text', text: introduction },
              { type: 'image', source: { type: 'base64', media_type: input.mediaType, data: input.base64 } },
            ],
    },
  ];
  if (rejected !== undefined) {
    messages.push({ role: 'assistant', content: rejected.answer }, { role: 'user', content: rejected.correction });
  }
  return messages;
}

/** `undefined` for what is no message, or an answer without its input. */
function readMessage(answer: unknown, document: string | undefined): ModelAnswer | undefined {
  const { content, stop_reason, usage } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Partial<Anthropic.Messages.Message>;
  if (!Array.isArray(content)) return undefined;
  const blocks = content.filter((block: unknown) => typeof block === 'object' && block !== null);
  const tool = blocks.find((block) => block.type === 'tool_use' && block.name === ANSWER_TOOL);
  if (tool?.type === 'tool_use' && tool.input === undefined) return undefined;
  const texts = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const counted = typeof usage?.input_tokens === 'number' && typeof usage.output_tokens === 'number';
  return {
    text: tool?.type === 'tool_use' ? inputOf(tool, document) : texts.join(''),
    ended: endedBy(stop_reason),
    tokens: counted ? { input: usage.input_tokens, output: usage.output_tokens } : undefined,
  };
}

function inputOf({ input }: Anthropic.Messages.ToolUseBlock, document: string | undefined): string {
  requireAnswerLevels(input, document);
  return JSON.stringify(input);
}

function endedBy(reason: Anthropic.Messages.Message['stop_reason'] | undefined): ModelAnswer['ended'] {
  if (reason === 'refusal') return 'refused';
  return reason === 'max_tokens' || reason === 'model_context_window_exceeded' ? 'cut' : 'whole';
}
