import type { Connector, ModelConnector } from '@holdfast/connector';
import { modelConnector } from '@holdfast/model-tasks';
import { readOptions } from './options.ts';
import { openaiModelType } from './types.ts';

/** A model behind the Chat Completions API: platform.openai.com/docs/api-reference/chat. */
export const openaiModel: ModelConnector = modelConnector({ type: openaiModelType, readOptions, load: () => import('./model.ts') });

export const connectors: readonly Connector[] = [openaiModel];
