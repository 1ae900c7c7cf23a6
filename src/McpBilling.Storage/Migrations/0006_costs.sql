-- What a provider charged us. Dollars are two integers: whole counts 10^-9 dollars, part the rest in 10^-18 (0 to below 10^9); both NULL: not known.
-- Days and hours count from 1970 UTC, by the time of the request. Only ever added to; another price later is a cost_adjustment.
CREATE TABLE cost_event (
    workspace_id INTEGER NOT NULL,
    -- Of the same sequence as operations and usage events.
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    id TEXT NOT NULL,
    input_hash INTEGER NOT NULL,
    at INTEGER NOT NULL,
    requested_at INTEGER NOT NULL,
    completed_at INTEGER,
    day INTEGER NOT NULL,
    provider TEXT NOT NULL,
    api TEXT,
    requested_model TEXT,
    model TEXT NOT NULL,
    operation_id TEXT,
    attempt INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    end_user TEXT,
    session TEXT,
    task TEXT,
    feature TEXT,
    context TEXT,
    -- Tokens inside other figures, such as reasoning.
    inside TEXT,
    -- Why only a part of what was used is known.
    partial TEXT,
    -- The customer whose cached context it used, where that is another.
    context_of TEXT,
    status INTEGER NOT NULL,
    reason TEXT,
    lines TEXT NOT NULL,
    cost_whole INTEGER,
    cost_part INTEGER,
    -- The usage event that it came with.
    event_seq INTEGER,
    product TEXT,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX cost_event_context ON cost_event (workspace_id, day) WHERE context_of IS NOT NULL;

CREATE INDEX cost_event_customer ON cost_event (workspace_id, customer_id, day);

-- Another price for an event, later: what is added to its cost, and what the event costs since.
CREATE TABLE cost_adjustment (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    cost_seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    reason TEXT NOT NULL,
    old_rows TEXT NOT NULL,
    new_rows TEXT NOT NULL,
    status INTEGER NOT NULL,
    lines TEXT NOT NULL,
    cost_whole INTEGER NOT NULL,
    cost_part INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX cost_adjustment_event ON cost_adjustment (workspace_id, cost_seq, seq);

-- The events whose cost is not known, until a price for them arrives.
CREATE TABLE cost_unpriced (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

-- What each day cost and earned, by one dimension a row: 0 all, 1 customer, 2 end user, 3 session, 4 task (customer id, line feed, value), 5 feature,
-- 6 model (provider/model), 7 product, 8 of a customer (customer id, feature, provider/model, product, with line feeds between). An empty key: not said
-- (2 to 4 have no such row). Written with the events themselves.
-- A part may exceed 10^9 here: it is a sum of parts.
CREATE TABLE cost_day (
    workspace_id INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    day INTEGER NOT NULL,
    key TEXT NOT NULL,
    events INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    incomplete INTEGER NOT NULL,
    no_usage INTEGER NOT NULL,
    cost_whole INTEGER NOT NULL,
    cost_part INTEGER NOT NULL,
    -- Usage events that were charged, and what they earned in dollars.
    charges INTEGER NOT NULL,
    revenue_whole INTEGER NOT NULL,
    revenue_part INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, dimension, day, key)
) STRICT, WITHOUT ROWID;

-- What each hour used of each kind: what a provider's report is held against. Quantities as dollars: whole, and 10^-9.
CREATE TABLE cost_line_hour (
    workspace_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    batch INTEGER NOT NULL,
    events INTEGER NOT NULL,
    quantity_whole INTEGER NOT NULL,
    quantity_part INTEGER NOT NULL,
    cost_whole INTEGER NOT NULL,
    cost_part INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, hour, provider, model, kind, batch)
) STRICT, WITHOUT ROWID;

-- What the event cost us, in dollars, where it was told with it: what a cost_plus price was charged on.
ALTER TABLE usage_event ADD COLUMN cost TEXT;
