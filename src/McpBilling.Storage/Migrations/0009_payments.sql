-- Money outside. Amounts of money are in units of the currency, credit in units of its asset, as in the ledger.
CREATE TABLE top_up (
    workspace_id INTEGER NOT NULL,
    top_up_seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    -- 0 open, 1 paid, 2 expired, 3 canceled.
    status INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    processor TEXT NOT NULL,
    pack TEXT,
    title TEXT NOT NULL,
    currency TEXT NOT NULL,
    price INTEGER NOT NULL CHECK (price > 0),
    credit_asset TEXT NOT NULL,
    credit INTEGER NOT NULL CHECK (credit > 0),
    bonus INTEGER NOT NULL CHECK (bonus >= 0),
    expires_after_days INTEGER,
    bonus_expires_after_days INTEGER,
    priority INTEGER NOT NULL,
    save INTEGER NOT NULL,
    back TEXT,
    created_at INTEGER NOT NULL,
    page TEXT,
    page_url TEXT,
    page_expires_at INTEGER,
    attempt_at INTEGER,
    -- Why the last attempt failed; NULL with attempt_at: it is under way.
    attempt_code TEXT,
    attempt_retry INTEGER,
    attempt_payment TEXT,
    payment TEXT,
    tax INTEGER NOT NULL CHECK (tax >= 0),
    paid_at INTEGER,
    grant_at INTEGER,
    grant_seq INTEGER,
    bonus_grant_seq INTEGER,
    next_look_at INTEGER,
    PRIMARY KEY (workspace_id, top_up_seq)
) STRICT, WITHOUT ROWID;

-- One payment pays one order.
CREATE UNIQUE INDEX top_up_payment ON top_up (workspace_id, processor, payment) WHERE payment IS NOT NULL;
CREATE INDEX top_up_customer ON top_up (workspace_id, customer_id, top_up_seq);
CREATE INDEX top_up_look ON top_up (workspace_id, next_look_at) WHERE next_look_at IS NOT NULL;

-- share: units of the bought credit that the money stands for; set_aside and bonus: what was taken out of the grants; debited: what is charged to the customer.
CREATE TABLE refund (
    workspace_id INTEGER NOT NULL,
    refund_seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    top_up_seq INTEGER NOT NULL,
    -- 0 pending, 1 succeeded, 2 failed.
    status INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    forced INTEGER NOT NULL,
    ours INTEGER NOT NULL,
    reason TEXT,
    reference TEXT,
    code TEXT,
    failure_reported INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    share INTEGER NOT NULL CHECK (share >= 0),
    set_aside INTEGER NOT NULL CHECK (set_aside >= 0),
    bonus INTEGER NOT NULL CHECK (bonus >= 0),
    since INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, refund_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX refund_top_up ON refund (workspace_id, top_up_seq, refund_seq);
CREATE INDEX refund_customer ON refund (workspace_id, customer_id, refund_seq);

CREATE TABLE dispute (
    workspace_id INTEGER NOT NULL,
    dispute_seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    top_up_seq INTEGER NOT NULL,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    reason TEXT,
    opened INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    reinstated INTEGER NOT NULL,
    won INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    at INTEGER NOT NULL,
    share INTEGER NOT NULL CHECK (share >= 0),
    set_aside INTEGER NOT NULL CHECK (set_aside >= 0),
    bonus INTEGER NOT NULL CHECK (bonus >= 0),
    debited INTEGER NOT NULL CHECK (debited >= 0),
    since INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, dispute_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX dispute_top_up ON dispute (workspace_id, top_up_seq, dispute_seq);
CREATE INDEX dispute_customer ON dispute (workspace_id, customer_id, dispute_seq);

-- Every report that was booked, once.
CREATE TABLE payment_fact (
    workspace_id INTEGER NOT NULL,
    top_up_seq INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    booked_at INTEGER NOT NULL,
    payment TEXT,
    currency TEXT,
    amount INTEGER,
    -- 0 applied, 1 known before, 2 fits no order: a person has to look at it.
    outcome INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, top_up_seq, event_id, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX payment_fact_mismatch ON payment_fact (workspace_id, booked_at) WHERE outcome = 2;

-- What a processor knows a customer by, and what the customer left there last: how a person recognises it, never a number.
CREATE TABLE processor_account (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    processor TEXT NOT NULL,
    reference TEXT NOT NULL,
    instrument TEXT,
    instrument_label TEXT,
    instrument_year INTEGER,
    instrument_month INTEGER,
    PRIMARY KEY (workspace_id, customer_id, processor)
) STRICT, WITHOUT ROWID;

CREATE INDEX processor_account_reference ON processor_account (workspace_id, processor, reference);

-- Webhooks as they came, stored before anything was done about them. What is booked keeps no text.
CREATE TABLE webhook_inbox (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    processor TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    done INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    note TEXT,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_inbox_waiting ON webhook_inbox (workspace_id, seq) WHERE done = 0;

-- The memory of the sandbox, which stands for a processor's own: documents by id.
CREATE TABLE sandbox_document (
    workspace_id INTEGER NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;
