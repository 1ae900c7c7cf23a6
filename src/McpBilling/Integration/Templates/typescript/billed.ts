{{#hold}}
// Bills a piece of work: ask before it, charge what it used, release everything when it failed.
{{/hold}}
{{#record_after}}
// Bills a piece of work after it is done. Before it, only the customer's standing is asked: what is used beyond the credit becomes debt,
// and who owes may not start again. Where that is too much trust, generate the style authorize_capture.
{{/record_after}}

import { randomUUID } from 'node:crypto';
import {
{{#hold}}
  authorize,
  BillingRefused,
{{/hold}}
  BillingUnavailable,
{{#hold}}
  captureCall,
{{/hold}}
{{#record_after}}
  check,
{{/record_after}}
{{#hold}}
  extendHold,
{{/hold}}
  recordCall,
  send,
{{#hold}}
  voidHold,
{{/hold}}
  type Authorization,
  type Charge,
  type RecordedEvent,
  type Subject,
  type UsageEvent,
} from './client.ts';
import { keep } from './outbox.ts';

export interface BilledRequest {
  /** Your app's own id of whoever pays. */
  customerId: string;
  /** Your id of this piece of work, at most 200 characters. The same work asked for again must have the same id: it is then charged once. */
  requestId: string;
  /** What the work is expected to use; it is what is charged when the work reports nothing else. */
  estimate: UsageEvent;
  /** Who inside the customer's business used it, in which session, for which task. */
  subject?: Subject;
  /** The feature of your app that was used, for reports. */
  feature?: string;
}

/** Given to the work, to report what it really used. */
export interface Meter {
{{#streaming}}
  /** Charges a part that has been delivered. Report every few seconds, not every token: each report is one call. */
  used(event: UsageEvent): Promise<void>;
{{/streaming}}
{{^streaming}}
  /** Replaces the estimate. Called several times, each report is charged. */
  used(event: UsageEvent): void;
{{/streaming}}
}

export interface Billed<T> {
  result: T;
  charges: Charge[];
  /** Some of the usage waits in the outbox until billing can be reached: charges is incomplete. */
  pending: boolean;
}

/** The customer may not use this now. Show them why, and where to top up; nothing was done and nothing is held. */
export class PaymentRequired extends Error {
  readonly denial: Authorization;

  constructor(denial: Authorization) {
    super(denial.reason ?? 'denied');
    this.denial = denial;
  }
}

{{#hold}}
// How long the work may take before its hold ends by itself (at most 86400).
const HOLD_SECONDS = {{ttl}};
// One id asked for again and again: its earlier holds have ended, so each gets a new one.
const MOST_HOLDS = 8;

{{/hold}}
{{#record_after}}
// What the customer's standing is asked in.
const ASSET = {{asset}};

{{/record_after}}
/**
 * Does the work only when billing allows it, and charges what it used.
{{#closed}}
 * Without billing nothing is done (BillingUnavailable): answer 503.
{{/closed}}
{{#open}}
 * Without billing the work is done all the same, and its usage is charged once billing is back: you carry the risk until then.
{{/open}}
 * @throws PaymentRequired the customer may not use this now: answer 402
{{#closed}}
 * @throws BillingUnavailable billing cannot be asked; the work was not done: answer 503
{{/closed}}
 * @throws BillingRefused a mistake of the app, such as one requestId for different work (idempotency_conflict)
 */
export async function billed<T>(request: BilledRequest, work: (meter: Meter) => Promise<T>): Promise<Billed<T>> {
{{#hold}}
  const hold = await begin(request);
{{/hold}}
{{#record_after}}
  await begin(request);
{{/record_after}}
{{#streaming}}
  const report = new Report(request, hold);
  let result: T;
  try {
    result = await work({ used: (event) => report.part(event) });
  } catch (failure) {
    if (report.empty) {
      await release(hold);
    } else {
      // What was delivered before the failure is owed.
      await report.finish().catch((other: unknown) => console.error(other instanceof Error ? other.message : other));
    }
    throw failure;
  }
  if (report.empty) {
    await report.part(request.estimate);
  }
  await report.finish();
  return { result, charges: report.charges, pending: report.pending };
}
{{/streaming}}
{{^streaming}}
  const used: UsageEvent[] = [];
{{#hold}}
  let result: T;
  try {
    result = await work({ used: (event) => void used.push(event) });
  } catch (failure) {
    // Work that failed costs nothing. DECIDE: if your provider charges you for failed calls, charge what was used here instead.
    await release(hold);
    throw failure;
  }
{{/hold}}
{{#record_after}}
  // Work that fails costs nothing: nothing is recorded.
  const result = await work({ used: (event) => void used.push(event) });
{{/record_after}}
  const report = new Report(request{{#hold}}, hold{{/hold}});
  for (const event of used.length > 0 ? used : [request.estimate]) {
    await report.part(event);
  }
  await report.finish();
  return { result, charges: report.charges, pending: report.pending };
}
{{/streaming}}

{{#hold}}
/** The id of an open hold{{#open}}; undefined when billing cannot be asked{{/open}}. */
async function begin(request: BilledRequest): Promise<string{{#open}} | undefined{{/open}}> {
{{#open}}
  try {
    return await openHold(request);
  } catch (failure) {
    if (failure instanceof BillingUnavailable) {
      console.error(`${failure.message}: working without an authorization`);
      return undefined;
    }
    throw failure;
  }
}

async function openHold(request: BilledRequest): Promise<string> {
{{/open}}
  for (let n = 1; ; n++) {
    // Never made of the clock or of chance: a request that comes again meets its own hold.
    const key = n === 1 ? request.requestId : `${request.requestId}~${n}`;
    const answer = await authorize(request.customerId, request.estimate, key, HOLD_SECONDS);
    if (answer.allowed && answer.hold_id && (!answer.replayed || (await stillCounts(answer.hold_id)))) {
      return answer.hold_id;
    }
    // An answer of an earlier try: the customer may have topped up since, or that try may have failed and released its hold.
    if (!answer.replayed || n === MOST_HOLDS) {
      throw new PaymentRequired({ ...answer, allowed: false });
    }
  }
}

/** Whether a hold of an earlier try is open, or was captured: then the capture to come is the same again and charges nothing. */
async function stillCounts(holdId: string): Promise<boolean> {
  try {
    await extendHold(holdId, HOLD_SECONDS, randomUUID());
    return true;
  } catch (failure) {
    if (failure instanceof BillingRefused) {
      return failure.code === 'hold_already_captured';
    }
    throw failure;
  }
}

async function release(hold: string{{#open}} | undefined{{/open}}): Promise<void> {
{{#open}}
  if (hold === undefined) {
    return;
  }
{{/open}}
  // If this cannot be told, the hold ends by itself: the customer's credit is late, never lost.
  await voidHold(hold, `${hold}:void`).catch(() => undefined);
}
{{/hold}}
{{#record_after}}
async function begin(request: BilledRequest): Promise<void> {
{{#open}}
  let answer: Authorization;
  try {
    answer = await check(request.customerId, ASSET, randomUUID());
  } catch (failure) {
    if (failure instanceof BillingUnavailable) {
      console.error(`${failure.message}: working without an answer`);
      return;
    }
    throw failure;
  }
{{/open}}
{{#closed}}
  // A question that sets nothing aside: each one is asked anew, so its key may be random.
  const answer = await check(request.customerId, ASSET, randomUUID());
{{/closed}}
  if (!answer.allowed) {
    throw new PaymentRequired(answer);
  }
}
{{/record_after}}

/** The reports of one request. The newest is kept back until the next one comes{{#hold}}, since only the last one ends the hold{{/hold}}. */
class Report {
  readonly charges: Charge[] = [];
  pending = false;
  private count = 0;
  private newest: RecordedEvent | undefined;
  private readonly request: BilledRequest;
{{#hold}}
  private readonly hold: string{{#open}} | undefined{{/open}};
{{/hold}}

  constructor(request: BilledRequest{{#hold}}, hold: string{{#open}} | undefined{{/open}}{{/hold}}) {
    this.request = request;
{{#hold}}
    this.hold = hold;
{{/hold}}
  }

{{#streaming}}
  get empty(): boolean {
    return this.count === 0;
  }

{{/streaming}}
  async part(event: UsageEvent): Promise<void> {
    const { requestId, subject, feature } = this.request;
    await this.report({{#hold}}false{{/hold}});
    this.count++;
    this.newest = {
      // One event per report, each with an id that a repetition of the request makes again.
      id: this.count === 1 ? requestId : `${requestId}:${this.count}`,
      ...event,
      ...(subject && { subject }),
      ...(feature && { feature }),
    };
  }

  finish(): Promise<void> {
    return this.report({{#hold}}true{{/hold}});
  }

  private async report({{#hold}}final: boolean{{/hold}}): Promise<void> {
    const event = this.newest;
    if (event === undefined) {
      return;
    }
    this.newest = undefined;
    const call = (e: RecordedEvent) => {{#hold}}{{#open}}(this.hold === undefined ? recordCall(this.request.customerId, e) : {{/open}}captureCall(this.hold, e, final){{#open}}){{/open}}{{/hold}}{{#record_after}}recordCall(this.request.customerId, e){{/record_after}};
    try {
      this.charges.push(...(await send(call(event))).charges);
    } catch (failure) {
      if (failure instanceof BillingUnavailable) {
        // It happened, so it is kept, with its own time. (The time is not in the first try: a request that comes again must send the same.)
        await keep(this.request.customerId, event.id, call({ ...event, timestamp: new Date().toISOString() }));
        this.pending = true;
{{#hold}}
      } else if (failure instanceof BillingRefused && failure.code === 'hold_already_voided') {
        // Somebody released the hold meanwhile. The usage happened all the same.
        this.charges.push(...(await send(recordCall(this.request.customerId, event))).charges);
{{/hold}}
      } else {
{{#hold}}
        await release(this.hold);
{{/hold}}
        throw failure;
      }
    }
  }
}
