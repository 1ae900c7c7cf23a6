import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { BillingFailed, OutOfCredit, billed, wallet } from './billing.js';
import { checkPrompt, draw, escape } from './studio.js';

const port = Number(process.env.PORT ?? 3000);
const MAX_BODY = 16 * 1024;

const server = createServer((request, response) => {
  handle(request).then(
    (answer) => send(response, answer),
    (failure) => {
      console.error(failure);
      send(response, json(500, { error: 'the studio made a mistake' }));
    },
  );
});

server.listen(port, '127.0.0.1', () => console.log(`image-studio listens on http://127.0.0.1:${server.address().port}`));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => server.close(() => process.exit(0)));
}

async function handle(request) {
  const { pathname } = new URL(request.url, 'http://localhost');
  // A real app takes these from its session. Here whoever says a name is believed.
  const customerId = request.headers['x-customer'] ?? 'demo';
  const route = `${request.method} ${pathname}`;
  if (route === 'POST /images') {
    return makeImage(request, customerId);
  }
  if (route === 'GET /balance') {
    return showBalance(customerId);
  }
  if (route === 'GET /') {
    return html(200, `<h1>Image studio</h1><p>POST /images {"prompt": "…"} makes a picture; GET /balance shows what is left.</p>`);
  }
  return json(404, { error: 'not found' });
}

async function makeImage(request, customerId) {
  const input = await readJson(request);
  const wrong = input === undefined ? 'the body must be JSON' : checkPrompt(input.prompt);
  if (wrong) {
    return json(400, { error: wrong });
  }
  // The browser makes one id per click and sends it again on a retry; without one a lost answer could be charged twice.
  const requestId = request.headers['x-request-id'] ?? randomUUID();
  try {
    const { result, receipt } = await billed(
      {
        customerId,
        requestId,
        eventType: 'image.generated',
        quantity: 1,
        // With the prompt in it, a request id that comes again for another picture is a conflict, not a second picture for one charge.
        properties: { format: 'svg', prompt_sha256: createHash('sha256').update(input.prompt).digest('hex') },
        subject: { end_user: request.headers['x-end-user'] ?? customerId, session: request.headers['x-session'] },
      },
      () => draw(input.prompt),
    );
    return json(200, { image: result, charged: receipt.charges.map(({ asset, amount }) => ({ asset, amount })), replayed: receipt.replayed });
  } catch (failure) {
    if (failure instanceof OutOfCredit) {
      return outOfCredit(request, failure.answer);
    }
    if (failure instanceof BillingFailed) {
      if (failure.problem?.code === 'idempotency_conflict' || failure.problem?.code === 'hold_already_voided') {
        return json(409, { error: 'this request id was used before; send a new one' });
      }
      console.error(failure.message);
      return json(503, { error: 'pictures cannot be made right now; nothing was charged for this one, try again' });
    }
    return json(502, { error: failure.message, charged: [] });
  }
}

function outOfCredit(request, { reason, shortfall, available, top_up_url }) {
  const asset = available[0]?.asset;
  if ((request.headers.accept ?? '').includes('text/html')) {
    const missing = shortfall ? `<p>You have ${escape(available[0].amount)} ${escape(asset)}; ${escape(shortfall)} ${escape(asset)} more are needed.</p>` : '';
    const link = top_up_url ? `<p><a href="${escape(top_up_url)}">Top up</a></p>` : '';
    return html(402, `<h1>Out of credit</h1>${missing}${link}`);
  }
  return json(402, { error: 'out of credit', reason, missing: shortfall && { asset, amount: shortfall }, available, top_up_url });
}

async function showBalance(customerId) {
  try {
    const { accounts } = await wallet(customerId);
    return json(200, { balances: accounts.map(({ asset, balance, available }) => ({ asset, balance, available })) });
  } catch (failure) {
    // Whoever has never made a picture has no wallet yet.
    return failure.problem?.code === 'customer_not_found' ? json(200, { balances: [] }) : json(503, { error: 'the balance cannot be shown right now' });
  }
}

async function readJson(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MAX_BODY) {
      return undefined;
    }
    parts.push(part);
  }
  try {
    const value = JSON.parse(Buffer.concat(parts).toString('utf8'));
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

const json = (status, body) => ({ status, type: 'application/json', body: JSON.stringify(body) });
const html = (status, body) => ({ status, type: 'text/html; charset=utf-8', body: `<!doctype html><meta charset="utf-8"><title>Image studio</title>${body}` });

function send(response, { status, type, body }) {
  response.writeHead(status, { 'content-type': type }).end(body);
}
