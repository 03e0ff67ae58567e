import { z } from 'zod';

/**
 * A text in the query of an address. The router reads `?search=99` as a number and `?search=true` as a truth
 * value, as people and other programs write them; what it writes itself it puts in quotes.
 */
export const searchText = z.union([z.string(), z.number(), z.boolean()]).transform(String).optional().catch(undefined);
