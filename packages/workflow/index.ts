export { type DescribedDefinition, differencesOf } from './differences.ts';
