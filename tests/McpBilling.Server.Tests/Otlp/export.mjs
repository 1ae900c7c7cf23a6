// Makes the spans of an AI app with the OpenTelemetry SDK for Node and exports them.
// usage: node export.mjs NODE_MODULES URL KEY proto|http none|gzip simple|batch PREFIX
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, url, key, protocol, compression, processing, prefix] = process.argv.slice(2);
const require = createRequire(join(modules, 'here.js'));
const { SpanKind, SpanStatusCode, context, trace } = require('@opentelemetry/api');
const { BatchSpanProcessor, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${protocol}`);

const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces`, headers: { authorization: `Bearer ${key}` }, compression });
// Every answer that is no success is told: the SDK itself only logs it.
const answers = [];
const watched = {
  export: (spans, done) => exporter.export(spans, (result) => {
    answers.push(result.code);
    done(result);
  }),
  forceFlush: () => exporter.forceFlush(),
  shutdown: () => exporter.shutdown(),
};
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop', 'customer.id': `${prefix}-process` }),
  spanProcessors: [processing === 'simple' ? new SimpleSpanProcessor(watched) : new BatchSpanProcessor(watched)],
});
const tracer = provider.getTracer('app');

function span(name, attributes, inside = () => undefined, kind = SpanKind.CLIENT) {
  const made = tracer.startSpan(name, { kind, attributes });
  context.with(trace.setSpan(context.active(), made), () => inside(made));
  made.end();
}

context.setGlobalContextManager(new (require('@opentelemetry/context-async-hooks').AsyncLocalStorageContextManager)().enable());

// The semantic conventions of today, under an agent that sums up its two calls.
const anna = { 'customer.id': `${prefix}-anna`, 'user.id': 'u1', 'session.id': 's1' };
span('invoke_agent planner', { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1500, 'gen_ai.usage.output_tokens': 150, ...anna }, () => {
  span('chat gpt-4o', {
    'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.response.id': `${prefix}-r1`,
    'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.cache_read.input_tokens': 800, 'gen_ai.usage.output_tokens': 100,
    'gen_ai.input.messages': JSON.stringify([{ role: 'user', content: 'the-secret-prompt' }]), ...anna,
  }, (made) => made.addEvent('gen_ai.content.completion', { content: 'the-secret-answer' }));
  span('execute_tool search', { 'gen_ai.operation.name': 'execute_tool' }, () => undefined, SpanKind.INTERNAL);
  span('chat gpt-4o', {
    'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 500, 'gen_ai.usage.output_tokens': 50, ...anna,
  });
}, SpanKind.INTERNAL);

// The older names, inside a parent that does not say what it is and repeats the usage. No customer of its own: the process's.
span('answer', { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.prompt_tokens': 400, 'gen_ai.usage.completion_tokens': 40 }, () => {
  span('openai.chat', { 'gen_ai.system': 'OpenAI', 'llm.request.type': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.prompt_tokens': 400, 'gen_ai.usage.completion_tokens': 40 });
}, SpanKind.INTERNAL);

// OpenInference, in a chain; an error.
span('chain', { 'openinference.span.kind': 'CHAIN', 'llm.token_count.prompt': 300, 'llm.token_count.completion': 30 }, () => {
  span('ChatCompletion', {
    'openinference.span.kind': 'LLM', 'llm.provider': 'openai', 'llm.model_name': 'gpt-4o', 'llm.token_count.prompt': 300, 'llm.token_count.completion': 30,
    'llm.token_count.prompt_details.cache_read': 100, 'mcp_billing.customer_id': `${prefix}-ben`, 'session.id': 's2',
  }, (made) => made.setStatus({ code: SpanStatusCode.ERROR, message: 'content filter' }));
}, SpanKind.INTERNAL);

await provider.forceFlush();
await provider.shutdown();
console.log(JSON.stringify(answers));
