// Verifies received webhooks with the Standard Webhooks library.
// usage: node verify.mjs NODE_MODULES, with [{secret, headers, body}] on a line of standard input each; answers "ok", or why not, a line each.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(join(process.argv[2], 'here.js'));
const { Webhook } = require('standardwebhooks');

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    const read = new Webhook(secret).verify(body, headers);
    console.log(read.id === headers['webhook-id'] ? 'ok' : 'another id');
  } catch (refused) {
    console.log(refused.message);
  }
}
