// Names every secret that is due for a new value, however many there are.

import { readAll } from '@holdfast/sdk';
import { listSecrets } from '@holdfast/sdk/api';
import { connect } from '@holdfast/sdk/node';

const { client, organization } = connect();

const request = { params: { organization: await organization() }, query: { filter: 'rotation-due' as const } };
for await (const secret of readAll(client, listSecrets, request)) {
  console.log(`${secret.name}: due since ${secret.rotationDueAt}, used in ${secret.usedBy} places`);
}
