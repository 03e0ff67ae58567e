// Runs with TMPDIR set to a staging folder: the package unpacks wherever the temporary folder is.
process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x';
const { default: chromium } = await import('@sparticuz/chromium');
await chromium.executablePath();
