import type { Connector, ModelConnector } from '@holdfast/connector';
import { modelConnector } from '@holdfast/model-tasks';
import { readOptions } from './options.ts';
import { anthropicModelType } from './types.ts';

/** A model behind the Messages API: docs.anthropic.com/en/api/messages. */
export const anthropicModel: ModelConnector = modelConnector({ type: anthropicModelType, readOptions, load: () => import('./model.ts') });

export const connectors: readonly Connector[] = [anthropicModel];
