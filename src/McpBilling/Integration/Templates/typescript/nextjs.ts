// Billing for Next.js route handlers: answers 402, 503 and 409 by itself. Runs in the Node.js runtime (not edge), since the outbox is a folder.

import { randomUUID } from 'node:crypto';
import { billed, PaymentRequired, type BilledRequest, type Meter } from './billed.ts';
import { BillingRefused, BillingUnavailable } from './client.ts';

/**
 * A route handler whose work is billed: `export const POST = billedRoute(describe, work)` in app/api/…/route.ts.
 * @param describe who pays (from your session) and what is expected; throw to refuse the request before billing is asked
 * @param work does the work and returns a Response or what is sent as JSON; it may report what was really used to the meter
 */
export function billedRoute(
  describe: (request: Request) => Promise<Omit<BilledRequest, 'requestId'>> | Omit<BilledRequest, 'requestId'>,
  work: (request: Request, meter: Meter) => Promise<unknown>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      // The browser makes one id per click and sends it again on a retry. Without one, a lost answer could be charged twice.
      const requestId = request.headers.get('x-request-id') ?? randomUUID();
      const { result } = await billed({ ...(await describe(request)), requestId }, (meter) => work(request, meter));
      return result instanceof Response ? result : Response.json(result);
    } catch (failure) {
      if (failure instanceof PaymentRequired) {
        const { reason, shortfall, available, top_up_url } = failure.denial;
        return Response.json({ error: 'payment_required', reason, shortfall, available, top_up_url }, { status: 402 });
      }
      if (failure instanceof BillingUnavailable) {
        console.error(failure.message);
        return Response.json({ error: 'billing_unavailable' }, { status: 503, headers: { 'retry-after': '5' } });
      }
      if (failure instanceof BillingRefused) {
        // A mistake of the app, such as one request id for different work. Never retried.
        console.error(failure.message);
        return Response.json({ error: failure.code }, { status: failure.code === 'idempotency_conflict' ? 409 : 500 });
      }
      throw failure;
    }
  };
}
