// Every refusal has a stable code. It says what to do, and never holds a value.

import { ProblemError } from '@holdfast/sdk';
import { getSecret } from '@holdfast/sdk/api';
import { connect } from '@holdfast/sdk/node';

const { client, organization } = connect();

try {
  await client.call(getSecret, { params: { organization: await organization(), name: 'NOT_THERE' } });
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  console.log(`${error.code}: ${error.message} ${error.remedy}`);
}
