/** What is not needed of the packages in a node_modules folder, as far as it is there. */
export function notNeeded(nodeModules: string): string[];
/** Takes it away. */
export function trimPackages(nodeModules: string): void;
