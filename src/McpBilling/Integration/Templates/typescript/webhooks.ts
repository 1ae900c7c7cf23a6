// What billing tells by itself: balances that run low, holds that expired, payments. Verifies the signature (Standard Webhooks) and reads the message.
//
// Express: app.post('/webhooks/billing', express.raw({ type: 'application/json' }), …) and readWebhook(request.headers, request.body).
// Next.js: readWebhook(Object.fromEntries(request.headers), await request.text()).
// Answer 400 to a WebhookRefused, and 2xx to everything else before you begin long work: what is not answered in 15 seconds is sent again.

import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

/** What happened. A message may come twice: remember its id, and do nothing the second time. */
export interface BillingMessage {
  id: string;
  /** Such as balance.low, hold.expired or top_up.paid; ignore those that you do not know. */
  type: string;
  timestamp: string;
  mode: 'test' | 'live';
  /** Your own id of whom it is about. */
  customer_id?: string;
  data: Record<string, unknown>;
}

/** It is not from billing, was changed on its way, or is too old. */
export class WebhookRefused extends Error {}

/**
 * @param headers by lower-case name
 * @param body as it came: bytes or text, never parsed before
 * @param secret whsec_…; by default that of the environment
 */
export function readWebhook(
  headers: Record<string, string | string[] | undefined>,
  body: Uint8Array | string,
  secret: string | undefined = process.env.MCP_BILLING_WEBHOOK_SECRET,
): BillingMessage {
  if (!secret) {
    throw new Error('MCP_BILLING_WEBHOOK_SECRET is not set: it is answered once, when the webhook endpoint is created');
  }
  const header = (name: string): string => String(headers[name] ?? '');
  const [id, timestamp] = [header('webhook-id'), header('webhook-timestamp')];
  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new WebhookRefused('the webhook is too old, or has no time');
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = Buffer.from('v1,' + createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64'));
  // There are two while a secret replaces another.
  const signatures = header('webhook-signature').split(' ').map((s) => Buffer.from(s));
  if (!signatures.some((s) => s.length === expected.length && timingSafeEqual(s, expected))) {
    throw new WebhookRefused('no signature of the webhook is right');
  }
  return JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString('utf8')) as BillingMessage;
}
