// Tells billing what a model's call cost you: beside the charge, and never in its way.

import { randomUUID } from 'node:crypto';
import type { Subject } from './client.ts';
import { keep } from './outbox.ts';

/** What the provider answered, without its text: the figures that it bills you by. */
export interface ProviderAnswer {
  /** openai, anthropic, google, aws … */
  provider: string;
  /** What answered: openai.chat, openai.responses, anthropic.messages, gemini.generateContent, bedrock.converse, ai-sdk.usage … */
  api: string;
  model: string;
  /** The usage part of the answer as it came; of a stream, the last. */
  usage: object;
  /** The answer's own id: it is then booked once, whoever else reports it. */
  id?: string;
  /** The tier that served it, where the answer says so outside its usage (OpenAI's service_tier). */
  serviceTier?: string;
  /** From 1, where your code asks again: every attempt is billed, so report each. */
  attempt?: number;
  /** failed: you could not use it; aborted: a stream that was broken off. Both may be billed. */
  outcome?: 'succeeded' | 'failed' | 'aborted';
  requestedAt?: Date;
}

/** Whose call it was. */
export interface CostOwner {
  customerId: string;
  requestId: string;
  subject?: Subject;
  feature?: string;
}

/** Keeps the cost of one call in the outbox, which sends it within seconds. Never fails: your user's answer does not depend on it. */
export async function reportCost(owner: CostOwner, answer: ProviderAnswer): Promise<void> {
  const { provider, api, model, usage, attempt, outcome, serviceTier } = answer;
  const { customerId, requestId, subject, feature } = owner;
  const id = answer.id ? `${provider}:${answer.id}` : randomUUID();
  const now = new Date();
  const body = {
    id,
    customer_id: customerId,
    provider,
    api,
    model,
    usage,
    requested_at: (answer.requestedAt ?? now).toISOString(),
    completed_at: now.toISOString(),
    operation_id: requestId,
    ...(attempt && { attempt }),
    ...(outcome && { outcome }),
    ...(serviceTier && { price_context: { service_tier: serviceTier } }),
    ...(subject && { subject }),
    ...(feature && { feature }),
  };
  try {
    await keep(customerId, `cost:${id}`, { path: '/v1/costs/llm', body });
  } catch (failure) {
    console.error('billing: a cost is lost:', failure);
  }
}
