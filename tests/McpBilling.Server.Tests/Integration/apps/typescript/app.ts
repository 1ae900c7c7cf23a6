import { createServer, type IncomingMessage } from 'node:http';
import express from 'express';
import { billed, PaymentRequired, type Billed, type Meter } from './billing/billed.ts';
import { BillingRefused, BillingUnavailable, type Subject, type UsageEvent } from './billing/client.ts';
import { imageGenerated } from './billing/events.ts';
import { billedRoute as expressRoute } from './billing/express.ts';
import { billedRoute as nextRoute } from './billing/nextjs.ts';

interface Asked {
  estimate: number;
  used?: number[];
  fail?: boolean;
}

const llm = process.env.STYLE === 'llm' ? await import('./billing/llm.ts' as string) : undefined;
const unit = (n: number): UsageEvent => (llm ? llm.tokensUsed({ model: 'small', inputTokens: 0, outputTokens: n * 100 })[0] : imageGenerated({ quantity: n }));
const tokens = (asked: Asked) => 100 * (asked.used ?? [asked.estimate]).reduce((a, b) => a + b, 0);
let worked = 0;

async function work(asked: Asked, meter: Meter): Promise<unknown> {
  worked++;
  for (const n of asked.used ?? []) {
    await meter.used(unit(n));
  }
  if (asked.fail) {
    throw new Error('the work failed');
  }
  return { done: true };
}

const subjectOf = (header: (name: string) => string | null | undefined): Subject => ({
  end_user: header('x-end-user') ?? undefined,
  session: header('x-session') ?? undefined,
  task: header('x-task') ?? undefined,
});

async function none(request: IncomingMessage, asked: Asked): Promise<[number, unknown]> {
  const header = (name: string) => request.headers[name] as string | undefined;
  const who = { customerId: header('x-customer')!, requestId: header('x-request-id')!, subject: subjectOf(header) };
  try {
    const done: Billed<unknown> = llm
      ? await llm.billedCall({ ...who, model: 'small', prompt: 'hi', maxOutputTokens: asked.estimate * 100 }, async () => ({
          result: await work({ fail: asked.fail, estimate: 0 }, { used: () => undefined as never }),
          usage: { model: 'small', inputTokens: 0, outputTokens: tokens(asked) },
          answer: { provider: 'openai', api: 'openai.chat', model: 'gpt-4o', id: `answer-${worked}`, usage: { prompt_tokens: 10, completion_tokens: tokens(asked) } },
        }))
      : await billed({ ...who, estimate: unit(asked.estimate) }, (meter) => work(asked, meter));
    return [200, { ...(done.result as object), pending: done.pending, charges: done.charges }];
  } catch (failure) {
    if (failure instanceof PaymentRequired) {
      return [402, { reason: failure.denial.reason, shortfall: failure.denial.shortfall, top_up_url: failure.denial.top_up_url }];
    }
    if (failure instanceof BillingUnavailable) {
      return [503, { error: failure.message }];
    }
    return failure instanceof BillingRefused ? [409, { error: failure.code }] : [500, { error: String(failure) }];
  }
}

const app = express();
app.use(express.json());
app.post('/express', expressRoute(
  (request) => ({ customerId: request.get('x-customer')!, estimate: unit((request.body as Asked).estimate), subject: subjectOf((name) => request.get(name)) }),
  (request, meter) => work(request.body as Asked, meter),
));
app.post('/none', async (request, response) => {
  const [status, body] = await none(request, request.body as Asked);
  response.status(status).json(body);
});
// As Next.js calls a route handler: with a web Request, for a Response.
const POST = nextRoute(
  async (request) => ({
    customerId: request.headers.get('x-customer')!,
    estimate: unit(((await request.clone().json()) as Asked).estimate),
    subject: subjectOf((name) => request.headers.get(name)),
  }),
  async (request, meter) => work((await request.json()) as Asked, meter),
);
app.post('/nextjs', async (request, response) => {
  const answer = await POST(new Request('http://localhost/nextjs', { method: 'POST', headers: request.headers as Record<string, string>, body: JSON.stringify(request.body) }));
  response.status(answer.status).json(await answer.json());
});
app.get('/worked', (_request, response) => void response.json(worked));

const server = createServer(app).listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`app listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
