// What your catalog (version {{catalog_version}}) bills: one function per event type. Generated; when the catalog changes, generate it again.

import type { UsageEvent } from './client.ts';

{{#events}}
{{#notes}}
// {{comment}}
{{/notes}}
export function {{name}}({{#has_use}}use: {
{{#quantity}}
  /** {{what}} Fractions as text: '0.5'. */
  {{quantity_name}}: number | string;
{{/quantity}}
{{#properties}}
  /** {{what}} */
  {{name}}: {{type}};
{{/properties}}
}{{/has_use}}): UsageEvent {
  return {
    event_type: {{literal}},
{{#quantity}}
    quantity: decimal(use.{{quantity_name}}),
{{/quantity}}
{{#has_properties}}
    properties: {
{{#properties}}
      {{key}}: {{value}},
{{/properties}}
    },
{{/has_properties}}
  };
}

{{/events}}
/** The products these events are charged for. */
export const PRODUCTS = [{{#products}}{{literal}}{{^last}}, {{/last}}{{/products}}] as const;

{{#any_decimal}}
// Money never goes through floating point: a number must be one that is written out exactly.
function decimal(value: number | string): string {
  const text = String(value);
  if (!/^\d{1,16}(\.\d+)?$/.test(text)) {
    throw new RangeError(`${text} is not a decimal; send it as text, such as '0.5'`);
  }
  return text;
}
{{/any_decimal}}
{{#any_number}}

// What JSON writes with an exponent, or not at all, is not what was meant.
function exact(value: number): number {
  if (!/^\d+(\.\d+)?$/.test(String(value))) {
    throw new RangeError(`${value} is not a plain number`);
  }
  return value;
}
{{/any_number}}
