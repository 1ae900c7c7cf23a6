// Everything that this app knows about billing. No dependency: node's own fetch.

const url = required('MCP_BILLING_URL').replace(/\/$/, '');
const key = required('MCP_BILLING_KEY');

const TIMEOUT_MS = 2000;
// Waits before a second and a third try. A retry sends the same idempotency key, so it can never charge twice.
const PAUSES_MS = [100, 400];

/** Billing said no: the customer lacks credit. It carries what to show them. */
export class OutOfCredit extends Error {
  constructor(answer) {
    super('out of credit');
    this.answer = answer;
  }
}

/** Billing could not be asked, or refused the request as wrong. Nothing may be done for free: the app fails closed. */
export class BillingFailed extends Error {
  constructor(message, problem) {
    super(message);
    this.problem = problem;
  }
}

/**
 * Does the work only when it is covered: authorize, work, capture; void when the work fails.
 * @param {object} use customerId; requestId, the app's own id of this piece of work (the same on a retry: charged once); eventType; quantity; properties; subject
 * @param {() => Promise<T>} work
 * @returns {Promise<{result: T, receipt: object}>}
 * @template T
 */
export async function billed(use, work) {
  const { customerId, requestId, eventType, quantity, properties, subject } = use;
  const hold = await post('/v1/usage/authorize', {
    customer_id: customerId,
    event: { event_type: eventType, quantity: String(quantity), properties },
    idempotency_key: requestId,
  });
  if (!hold.allowed) {
    throw new OutOfCredit(hold);
  }
  let result;
  try {
    result = await work();
  } catch (failure) {
    // If this cannot be told either, the hold ends by itself: credit is never lost, only late.
    await post(`/v1/holds/${hold.hold_id}/void`, { idempotency_key: requestId }).catch(() => {});
    throw failure;
  }
  const receipt = await post(`/v1/holds/${hold.hold_id}/capture`, {
    event: { id: requestId, event_type: eventType, quantity: String(quantity), properties, subject },
    idempotency_key: requestId,
    // Work that took longer than the hold lived is charged all the same.
    allow_expired: true,
  });
  return { result, receipt };
}

/** What a customer holds, for the page. */
export const wallet = (customerId) => call('GET', `/v1/customers/${encodeURIComponent(customerId)}/wallet`);

const post = (path, body) => call('POST', path, body);

async function call(method, path, body) {
  for (let attempt = 0; ; attempt++) {
    const answer = await send(method, path, body).catch((error) => ({ unreachable: error.name === 'TimeoutError' ? 'no answer in time' : 'unreachable' }));
    if (answer.ok) {
      return answer.json;
    }
    const mayRetry = answer.unreachable !== undefined || answer.status === 503 || answer.status === 429;
    if (!mayRetry || attempt >= PAUSES_MS.length) {
      // The key is in no message: only what billing itself said.
      throw new BillingFailed(answer.unreachable ? `billing is ${answer.unreachable}` : `billing refused: ${answer.json?.code ?? answer.status}`, answer.json);
    }
    await new Promise((done) => setTimeout(done, PAUSES_MS[attempt]));
  }
}

async function send(method, path, body) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { ok: response.ok, status: response.status, json: await response.json().catch(() => undefined) };
}

function required(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`image-studio: set ${name} (see README.md)`);
    process.exit(1);
  }
  return value;
}
