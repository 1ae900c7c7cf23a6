// How billing is called. Run it once: node billing/example.ts CUSTOMER_ID REQUEST_ID

import { billed, PaymentRequired } from './billed.ts';
import { {{first_name}} } from './events.ts';

const [customerId, requestId] = process.argv.slice(2);
if (!customerId || !requestId) {
  throw new Error('usage: node billing/example.ts CUSTOMER_ID REQUEST_ID');
}

try {
  const { charges, pending } = await billed({ customerId, requestId, estimate: {{first_call}} }, async () => {
    // Your work goes here.
  });
  console.log(pending ? 'charged later' : charges);
} catch (failure) {
  if (!(failure instanceof PaymentRequired)) {
    throw failure;
  }
  console.log('denied:', failure.denial.reason, failure.denial.shortfall ?? '');
}
