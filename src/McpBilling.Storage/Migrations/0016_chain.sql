-- Entries are chained by hash, per account: each entry's hash is SHA-256 over its own columns and the hash of the account's entry before
-- (docs/topics/tamper-evidence.md says in which form). It is kept whole, as four integers of 64 bits, most significant first: shorter than text, and bound
-- without a conversion. NULL: written before this step.
ALTER TABLE entry ADD COLUMN hash_1 INTEGER;
ALTER TABLE entry ADD COLUMN hash_2 INTEGER;
ALTER TABLE entry ADD COLUMN hash_3 INTEGER;
ALTER TABLE entry ADD COLUMN hash_4 INTEGER;

-- Where each account's chain begins: after this entry; 0 is from the account's first entry on.
ALTER TABLE account ADD COLUMN chained_after INTEGER NOT NULL DEFAULT 0;
UPDATE account SET chained_after = last_entry_seq;

-- The hash of the account's last entry, so that the end of a chain cannot be taken away unseen. NULL: nothing chained yet.
ALTER TABLE account ADD COLUMN head_1 INTEGER;
ALTER TABLE account ADD COLUMN head_2 INTEGER;
ALTER TABLE account ADD COLUMN head_3 INTEGER;
ALTER TABLE account ADD COLUMN head_4 INTEGER;

-- Signed digests over all heads, one a day at most. Only ever added to.
CREATE TABLE ledger_digest (
    workspace_id INTEGER NOT NULL,
    -- Counted from 1970, UTC.
    day INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The last entry that it covers.
    through_entry INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    root TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (workspace_id, day)
) STRICT, WITHOUT ROWID;
