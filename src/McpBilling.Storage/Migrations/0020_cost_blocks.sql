-- older writers: go on
-- A customer's costs of a day by blocks of 16,384 of the sequence, instead of by the customer first: costs that come together are written into few pages, where each had a page of its own
-- (docs/decisions/0034). It keeps its name, by which programs of before ask for it: they find the same with it, by looking through the days.
DROP INDEX cost_event_customer;
CREATE INDEX cost_event_customer ON cost_event (workspace_id, day, (seq >> 14), customer_id);
