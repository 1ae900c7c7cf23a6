-- older writers: go on
-- What events add to the sums of cost_day, in the order they came, until it has been added there: at the end of a table, instead of at as many places as an event is summed by
-- (docs/decisions/0031). The sums of a workspace are cost_day and what waits here. Writers of before add to cost_day at once, which makes no difference to the sums.
CREATE TABLE cost_posting (
    workspace_id INTEGER NOT NULL,
    -- How many postings there have ever been in the workspace, with those of this row.
    upto INTEGER NOT NULL,
    postings TEXT NOT NULL,
    PRIMARY KEY (workspace_id, upto)
) STRICT, WITHOUT ROWID;

-- How far they have been added. Rows of cost_posting up to and including folded are in cost_day, as a whole. Of the other rows up to and including through, those sums are that do
-- not come after (dimension, day, key), by the order of the key's UTF-16 code units; where through is folded, there are none.
CREATE TABLE cost_fold (
    workspace_id INTEGER NOT NULL PRIMARY KEY,
    folded INTEGER NOT NULL,
    through INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    day INTEGER NOT NULL,
    key TEXT NOT NULL
) STRICT;
