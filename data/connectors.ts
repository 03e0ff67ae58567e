import type { Connector } from '@holdfast/connector';
import { azureBlob } from '@holdfast/connector-azure-blob';

/**
 * Every connector that this data plane can run, by component type. A new one gets its folder in connectors/
 * and a line here.
 */
export const connectors: ReadonlyMap<string, Connector> = new Map([azureBlob].map((connector) => [connector.type.type, connector]));
