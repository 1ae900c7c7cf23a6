-- What a customer allowed in advance, at most one for each asset. Money in units of the currency, threshold in units of the asset.
CREATE TABLE auto_recharge (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    threshold INTEGER NOT NULL CHECK (threshold >= 0),
    -- What is bought: a pack of the catalog, or an amount of money.
    pack TEXT,
    currency TEXT NOT NULL,
    amount INTEGER,
    monthly_cap INTEGER NOT NULL CHECK (monthly_cap > 0),
    processor TEXT NOT NULL,
    consent_version TEXT NOT NULL,
    consent_at INTEGER NOT NULL,
    consent_address TEXT,
    -- NULL: on. 1 customer, 2 failures, 3 authentication, 4 instrument, 5 dispute.
    ended INTEGER,
    -- The order that is being charged.
    in_flight INTEGER,
    not_before INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    -- Counted from 1970; what was charged in it, what is under way included.
    month INTEGER NOT NULL,
    charged INTEGER NOT NULL CHECK (charged >= 0),
    PRIMARY KEY (workspace_id, customer_id, asset)
) STRICT, WITHOUT ROWID;

-- Every consent that was given, for as long as anything was charged by it.
CREATE TABLE auto_recharge_consent (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    at INTEGER NOT NULL,
    version TEXT NOT NULL,
    address TEXT,
    PRIMARY KEY (workspace_id, customer_id, asset, at)
) STRICT, WITHOUT ROWID;

-- Orders that are to be charged: looked for twice a second.
CREATE INDEX top_up_charge ON top_up (workspace_id, top_up_seq) WHERE origin = 2 AND status = 0 AND attempt_at IS NULL;
