import type { Example } from '../example.ts';

export const scansToArchive: Example = {
  name: 'scans-to-archive',
  title: 'Move scans from one cloud to another',
  use: 'Cloud storage credentials',
  description:
    'Documents in a container of Azure Blob Storage are copied into a bucket of S3, byte for byte. What the bucket has already is not sent again.',
  secrets: [
    {
      name: 'INBOX_CONTAINER',
      kind: 'cloud-storage',
      description: 'SAS URL of the container that scans arrive in.',
      obtain:
        'In the Azure portal, at the container: Shared access tokens, with Read and List. A connection string of the storage account works too.',
      obtainUrl: 'https://portal.azure.com',
    },
    {
      name: 'ARCHIVE_ACCESS_KEY_ID',
      kind: 'cloud-storage',
      description: 'First half of the key pair for the archive’s bucket.',
      obtain:
        'In AWS: IAM → Users → Security credentials → Create access key, of a user with s3:PutObject on the bucket. Elsewhere: the access keys of the service.',
      obtainUrl: 'https://console.aws.amazon.com/iam/',
    },
    {
      name: 'ARCHIVE_SECRET_ACCESS_KEY',
      kind: 'cloud-storage',
      description: 'Second half of the key pair for the archive’s bucket.',
      obtain: 'It is shown once, together with the access key ID.',
      obtainUrl: 'https://console.aws.amazon.com/iam/',
    },
  ],
  components: [
    {
      key: 'inbox',
      name: 'Scan inbox',
      type: 'azure-blob-source',
      options: { container: 'scans' },
      secrets: { connectionString: 'INBOX_CONTAINER' },
      asks: ['container'],
    },
    {
      key: 'archive',
      name: 'Archive bucket',
      type: 's3-publisher',
      options: {
        endpoint: 'https://{bucket}.s3.{region}.amazonaws.com',
        region: 'eu-central-1',
        bucket: 'scan-archive',
        folder: 'scans',
        existing: 'keep',
      },
      secrets: { accessKeyId: 'ARCHIVE_ACCESS_KEY_ID', secretAccessKey: 'ARCHIVE_SECRET_ACCESS_KEY' },
      asks: ['endpoint', 'region', 'bucket', 'folder'],
    },
  ],
  workflow: { name: 'Scans to archive', source: { kind: 'component', component: 'inbox' }, steps: ['archive'] },
};
