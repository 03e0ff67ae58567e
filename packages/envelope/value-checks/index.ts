export { checkValue, cleanValue } from './check-value.ts';
export type { ValueContext, ValueFinding, ValueFindingCode, ValuePosition } from './finding.ts';
