export { describedDefinition, describedFile } from './describe.ts';
export { type DescribedDefinition, differencesOf, type PartChange, partChangesOf } from './differences.ts';
