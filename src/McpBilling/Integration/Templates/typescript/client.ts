// Talks to the runtime API of McpBilling. Nothing here knows your prices: see events.ts.
// Needs Node 20 or newer, and no dependency.

/** What was, or is expected to be, used. Made by the functions in events.ts. */
export interface UsageEvent {
  event_type: string;
  /** Decimal text; absent means 1. */
  quantity?: string;
  properties?: Record<string, string | number | boolean>;
}

/** Who and what inside your customer's own business the usage belongs to. */
export interface Subject {
  end_user?: string;
  session?: string;
  task?: string;
}

/** A usage event as it is recorded. Its id is your request's id, so that it is charged once however often it is sent. */
export interface RecordedEvent extends UsageEvent {
  id: string;
  /** When it happened; absent means now. */
  timestamp?: string;
  subject?: Subject;
  feature?: string;
}

export interface AssetAmount {
  asset: string;
  amount: string;
}

export interface Authorization {
  allowed: boolean;
  hold_id?: string;
  available: AssetAmount[];
  /** Why it was denied: insufficient_balance, customer_frozen, spending_cap_reached, not_entitled. */
  reason?: string;
  shortfall?: string;
  top_up_url?: string;
  replayed: boolean;
}

export interface Charge {
  product?: string;
  price?: string;
  asset: string;
  quantity?: string;
  amount: string;
}

export interface Receipt {
  charges: Charge[];
  /** Such as no_matching_price, which shows a mistyped event type. */
  warnings?: string[];
  replayed: boolean;
}

/** Billing gave no answer: it is down, unreachable or too slow. The same call may be sent again later. */
export class BillingUnavailable extends Error {}

/** Billing refused the call as wrong. Sending it again changes nothing: this is a mistake to be mended in the app or its settings. */
export class BillingRefused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(`billing refused: ${code}: ${detail}`);
    this.status = status;
    this.code = code;
  }
}

// How long one try may take.
const TIMEOUT_MS = Number(process.env.MCP_BILLING_TIMEOUT_MS ?? '2000');
// Waits before the second and the third try. Every try sends the same idempotency key, so it can never charge twice.
const PAUSES_MS = [100, 400];
// However long Retry-After asks: your own user is waiting.
const LONGEST_PAUSE_MS = 2_000;
const WORTH_A_RETRY = new Set([429, 502, 503, 504]);
{{#top_ups}}
const WANT_OF_CREDIT = new Set(['insufficient_balance', 'spending_cap_reached']);
{{/top_ups}}

const url = required('MCP_BILLING_URL').replace(/\/+$/, '');
// The key goes into one header and nowhere else: no message and no log holds it.
const key = required('MCP_BILLING_KEY');
const environment = ['production', 'staging', 'development', 'test'].find((name) => name === process.env.NODE_ENV);

/** Asks whether a customer may use so much and sets it aside. A denial is an answer (allowed: false), not an error. */
export function authorize(customerId: string, event: UsageEvent, idempotencyKey: string, ttlSeconds: number): Promise<Authorization> {
  return ask(customerId, { event, ttl_seconds: String(ttlSeconds), idempotency_key: idempotencyKey });
}

/** Asks whether a customer is in good standing: not frozen and owing nothing. Sets nothing aside. */
export function check(customerId: string, asset: string, idempotencyKey: string): Promise<Authorization> {
  return ask(customerId, { asset, amount: '0', idempotency_key: idempotencyKey });
}

async function ask(customerId: string, body: Record<string, unknown>): Promise<Authorization> {
  const answer = await post<Authorization>('/v1/usage/authorize', { customer_id: customerId, ...body });
{{#top_ups}}
  if (!answer.allowed && !answer.replayed && WANT_OF_CREDIT.has(answer.reason ?? '')) {
    try {
      // Where the customer can pay: a link into their portal that works once, for ten minutes.
      const link = { customer_id: customerId, return_url: process.env.MCP_BILLING_RETURN_URL };
      answer.top_up_url = (await post<{ url: string }>('/v1/portal-sessions', link)).url;
    } catch (failure) {
      // The denial stands, without a link.
      console.error(failure instanceof Error ? failure.message : failure);
    }
  }
{{/top_ups}}
  return answer;
}

/** Gives an open hold more time. Refused (hold_already_captured, hold_already_voided, hold_expired) once it has ended. */
export async function extendHold(holdId: string, ttlSeconds: number, idempotencyKey: string): Promise<void> {
  await post(`/v1/holds/${encodeURIComponent(holdId)}/extend`, { ttl_seconds: String(ttlSeconds), idempotency_key: idempotencyKey });
}

/** Nothing was used: releases all that was set aside. */
export async function voidHold(holdId: string, idempotencyKey: string): Promise<void> {
  await post(`/v1/holds/${encodeURIComponent(holdId)}/void`, { idempotency_key: idempotencyKey });
}

/** A call that reports usage. It can be kept and sent again, with the same effect once. */
export interface UsageCall {
  path: string;
  body: Record<string, unknown>;
}

/** Charges what was really used of a hold; final releases the rest. Work that outlived its hold is charged all the same. */
export function captureCall(holdId: string, event: RecordedEvent, final: boolean): UsageCall {
  return { path: `/v1/holds/${encodeURIComponent(holdId)}/capture`, body: { event, final, allow_expired: true, idempotency_key: event.id } };
}

/** Charges usage that has happened, without a hold. Credit that is missing becomes debt: usage is never lost. */
export function recordCall(customerId: string, event: RecordedEvent): UsageCall {
  return { path: '/v1/usage', body: { customer_id: customerId, ...event } };
}

export function send(call: UsageCall): Promise<Receipt> {
  return post(call.path, call.body);
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const text = JSON.stringify(body);
  for (let attempt = 0; ; attempt++) {
    const answer = await once(path, text);
    if (answer.status >= 200 && answer.status < 300) {
      return answer.json as T;
    }
    const pause = PAUSES_MS[attempt];
    if (answer.mayRetry && pause !== undefined) {
      await new Promise((done) => setTimeout(done, Math.max(pause, Math.min(answer.retryAfterMs, LONGEST_PAUSE_MS))));
      continue;
    }
    if (answer.mayRetry || answer.status >= 500) {
      throw new BillingUnavailable(`billing gave no answer (${answer.problem})`);
    }
    const problem = answer.json as { code?: string; detail?: string } | undefined;
    throw new BillingRefused(answer.status, problem?.code ?? `http_${answer.status}`, problem?.detail ?? 'no detail');
  }
}

interface Answer {
  status: number;
  json: unknown;
  mayRetry: boolean;
  retryAfterMs: number;
  problem: string;
}

async function once(path: string, text: string): Promise<Answer> {
  try {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...(environment && { 'x-billing-environment': environment }),
      },
      body: text,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status } = response;
    // A body that breaks off is an answer that was lost.
    const json: unknown = response.ok ? await response.json() : await response.json().catch(() => undefined);
    const seconds = Number(response.headers.get('retry-after') ?? '0');
    return { status, json, mayRetry: WORTH_A_RETRY.has(status), retryAfterMs: seconds > 0 ? seconds * 1_000 : 0, problem: `HTTP ${status}` };
  } catch (failure) {
    const problem = failure instanceof Error && failure.name === 'TimeoutError' ? 'timed out' : 'not reachable';
    return { status: 0, json: undefined, mayRetry: true, retryAfterMs: 0, problem };
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`Set the environment variable ${name}: the app cannot bill without it. A key is made with: mcp-billing keys create --name my-app`);
  }
  return value;
}
