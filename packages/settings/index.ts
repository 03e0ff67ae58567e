/** Settings from the environment, for planes, the command line and the SDK alike. Needs nothing but Node. */
export { ConfigurationError } from './configuration-error.ts';
export { readVariables, type Variables } from './variables.ts';
