/** Opening, in the data plane only. No program that faces people may depend on this package. */
export { OpenError, openSealed } from './open-sealed.ts';
export { discardOpeningKey, generateOrganizationKey, importOpeningKey, type OpeningKey } from './opening-key.ts';
