// Adds a secret, or replaces its value. The value is sealed in this process; only the envelope leaves it.
import { setSecret } from '@holdfast/sdk';
import { connect } from '@holdfast/sdk/node';

const { client, organization, pins } = connect();

const { outcome } = await setSecret(client, pins, {
  organization: await organization(),
  name: 'STRIPE_KEY',
  value: process.env.STRIPE_KEY ?? '',
  destinations: ['https://api.stripe.com:443'],
  metadata: { description: 'Payments', kind: 'api-key', rotationDays: 90 },
});
console.log(`STRIPE_KEY is ${outcome}.`);
