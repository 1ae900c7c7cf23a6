// Billing for Express: a handler that answers 402, 503 and 409 by itself.

import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { billed, PaymentRequired, type BilledRequest, type Meter } from './billed.ts';
import { BillingRefused, BillingUnavailable } from './client.ts';

/**
 * A route whose work is billed; mount it behind your own authentication.
 * @param describe who pays and what is expected; throw to refuse the request before billing is asked
 * @param work does the work and returns what is sent as JSON; it may report what was really used to the meter
 */
export function billedRoute(
  describe: (request: Request) => Omit<BilledRequest, 'requestId'>,
  work: (request: Request, meter: Meter) => Promise<unknown>,
): RequestHandler {
  return async (request, response, next) => {
    try {
      // The browser makes one id per click and sends it again on a retry. Without one, a lost answer could be charged twice.
      const requestId = request.get('x-request-id') ?? randomUUID();
      const { result } = await billed({ ...describe(request), requestId }, (meter) => work(request, meter));
      response.json(result);
    } catch (failure) {
      if (failure instanceof PaymentRequired) {
        const { reason, shortfall, available, top_up_url } = failure.denial;
        response.status(402).json({ error: 'payment_required', reason, shortfall, available, top_up_url });
      } else if (failure instanceof BillingUnavailable) {
        console.error(failure.message);
        response.status(503).set('retry-after', '5').json({ error: 'billing_unavailable' });
      } else if (failure instanceof BillingRefused) {
        // A mistake of the app, such as one request id for different work. Never retried.
        console.error(failure.message);
        response.status(failure.code === 'idempotency_conflict' ? 409 : 500).json({ error: failure.code });
      } else {
        next(failure);
      }
    }
  };
}
