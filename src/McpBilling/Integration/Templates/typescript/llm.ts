// Bills a call of a language model: authorized by an estimate, charged by the tokens that the provider reports, with what it cost you beside the charge.

import { billed, type Billed, type BilledRequest } from './billed.ts';
import type { UsageEvent } from './client.ts';
import { reportCost, type ProviderAnswer } from './cost.ts';
import { {{#parts}}{{name}}{{^last}}, {{/last}}{{/parts}} } from './events.ts';

export interface TokenUse {
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** Further facts that your prices look at. */
  properties?: Record<string, string | number | boolean>;
}

/** The usage of one call in the names of your catalog. Model and token counts always go along, for reports. */
export function tokensUsed(use: TokenUse): UsageEvent[] {
  const facts = { ...use.properties, model: use.model, input_tokens: use.inputTokens, output_tokens: use.outputTokens };
  const events = [
{{#parts}}
    {{call}},
{{/parts}}
  ];
  return events.map((event) => ({ ...event, properties: { ...facts, ...event.properties } }));
}

/** About four characters a token: good enough to hold credit by, never charged. DECIDE: your provider's tokenizer is nearer. */
export function estimateTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

export interface LlmRequest extends Omit<BilledRequest, 'estimate'> {
  model: string;
  /** Everything that is sent to the model. */
  prompt: string;
  /** The bound that you give to the provider too, so that the hold is large enough. */
  maxOutputTokens: number;
  properties?: Record<string, string | number | boolean>;
}

/**
 * Asks billing, calls the model, charges what the provider counted, and reports what that cost you.
 * @param call calls the model and answers with its result, the usage that the provider reported, and that part of its answer. A stream is read to its end
 * in there; one that breaks off is told with reportCost (outcome aborted) before you throw.
 */
export async function billedCall<T>(request: LlmRequest, call: () => Promise<{ result: T; usage: TokenUse; answer: ProviderAnswer }>): Promise<Billed<T>> {
  const { model, prompt, maxOutputTokens, properties, ...rest } = request;
  const expected = tokensUsed({ model, inputTokens: estimateTokens(prompt), outputTokens: maxOutputTokens, properties });
  // The last event is the dearer one: one hold, by it.
  const estimate = expected[expected.length - 1]!;
  let cost: Promise<void> | undefined;
  try {
    return await billed({ ...rest, estimate }, async (meter) => {
      const requestedAt = new Date();
      const { result, usage, answer } = await call();
      // Written to disk while the charge is under way. It cost you, also when the charge fails.
      cost = reportCost(rest, { requestedAt, ...answer });
      for (const event of tokensUsed({ properties, ...usage })) {
        meter.used(event);
      }
      return result;
    });
  } finally {
    await cost;
  }
}
