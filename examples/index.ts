import { documentsToChannel } from './documents-to-channel/example.ts';
import type { Example } from './example.ts';
import { invoicesToJson } from './invoices-to-json/example.ts';
import { ordersToReports } from './orders-to-reports/example.ts';
import { reportsBetweenServices } from './reports-between-services/example.ts';
import { scansToArchive } from './scans-to-archive/example.ts';

export type { Example, ExampleComponent, ExampleSecret, ExampleWorkflow } from './example.ts';

/** One for each common use of an organization's secrets. */
export const EXAMPLES: readonly Example[] = [invoicesToJson, ordersToReports, scansToArchive, reportsBetweenServices, documentsToChannel];
