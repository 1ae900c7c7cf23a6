// Usage that happened while billing could not be reached: one file per report, sent again until billing has it.
// The file's name comes from the report's own id, so the same report is kept, and charged, once.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BillingRefused, BillingUnavailable, send, type UsageCall } from './client.ts';

// DECIDE: this folder must outlive a restart of the app. On a host without a disk of its own, mount one and name it here.
const folder = process.env.MCP_BILLING_OUTBOX ?? 'billing-outbox';
const EVERY_MS = 5_000;

let sending: Promise<void> | undefined;

/** Keeps a report on disk until billing has it. `id` is the usage event's id. */
export async function keep(customerId: string, id: string, call: UsageCall): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = createHash('sha256').update(`${customerId}\n${id}`).digest('hex');
  const draft = join(folder, `${name}.${randomUUID()}.draft`);
  const file = await open(draft, 'w');
  try {
    await file.writeFile(JSON.stringify(call));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, `${name}.json`));
}

/** Sends what was kept. Runs by itself every few seconds; call it at the end of a short-lived process. */
export function flush(): Promise<void> {
  sending ??= sendAll().finally(() => {
    sending = undefined;
  });
  return sending;
}

async function sendAll(): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((n) => n.endsWith('.json'))) {
    const path = join(folder, name);
    try {
      await send(JSON.parse(await readFile(path, 'utf8')) as UsageCall);
      await rm(path, { force: true });
    } catch (failure) {
      if (failure instanceof BillingUnavailable) {
        return;
      }
      await setAside(path, failure);
    }
  }
}

async function setAside(path: string, failure: unknown): Promise<void> {
  if (failure instanceof BillingRefused && failure.code === 'idempotency_conflict') {
    // An earlier try got through although its answer was lost: the event is charged already.
    await rm(path, { force: true });
  } else if (failure instanceof BillingRefused && failure.status !== 401 && failure.status !== 403) {
    // Nothing that happened is thrown away: mend the cause, then rename the file back.
    console.error(`billing outbox: ${path}: ${failure.message}`);
    await rename(path, `${path}.refused`).catch(() => undefined);
  } else {
    // A wrong key, or a file that another process has just sent: the next round sees.
    console.error(`billing outbox: ${failure instanceof Error ? failure.message : 'failed'}`);
  }
}

const tick = () => void flush().catch((failure: unknown) => console.error('billing outbox:', failure));
setInterval(tick, EVERY_MS).unref();
tick();
