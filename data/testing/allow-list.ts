import { parseSetting } from '@holdfast/settings';
import { type AllowLists, createAllowList } from '../egress/allow-list.ts';

/** As the operator writes it in HOLDFAST_EGRESS_ALLOW. */
export function parseAllowList(text: string): AllowLists {
  return createAllowList(parseSetting('egressAllow', text));
}
