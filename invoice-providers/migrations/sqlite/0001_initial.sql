-- Times are nanoseconds since 1970 UTC, amounts fen, rates exact decimal text. Every key begins with the tenant.

-- Bodies are long: rowid tables keep the searchable keys apart from them.
CREATE TABLE invoice_rows (
    tenant  TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    head    BLOB    NOT NULL,
    seller  TEXT,
    state   TEXT,
    at      INTEGER,
    net     INTEGER NOT NULL,
    tax     INTEGER NOT NULL,
    gross   INTEGER NOT NULL,
    -- The row's tags once more, as JSON pairs: what a later write must take out of the table of tags.
    tags    TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT;
CREATE INDEX invoice_rows_by_state  ON invoice_rows (tenant, kind, state, id)  WHERE state  IS NOT NULL;
CREATE INDEX invoice_rows_by_seller ON invoice_rows (tenant, kind, seller, id) WHERE seller IS NOT NULL;

CREATE TABLE invoice_tags (
    tenant TEXT NOT NULL,
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    id     TEXT NOT NULL,
    -- What the tag adds to the sums of its name; zero on most.
    net    INTEGER NOT NULL,
    tax    INTEGER NOT NULL,
    gross  INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, name, value, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_journal (
    tenant TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    verb   TEXT    NOT NULL,
    hash   BLOB    NOT NULL,
    body   BLOB    NOT NULL,
    PRIMARY KEY (tenant, kind, id, seq)
) STRICT;

CREATE TABLE invoice_ledger (
    tenant   TEXT    NOT NULL,
    order_id TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    line     TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    cause    TEXT    NOT NULL,
    rate     TEXT    NOT NULL,
    net      INTEGER NOT NULL,
    tax      INTEGER NOT NULL,
    gross    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, order_id, seq)
) STRICT, WITHOUT ROWID;

-- Settled messages are deleted, so the outbox is as long as the work that waits.
CREATE TABLE invoice_outbox (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    -- When it may be given out: the later of not_before and until.
    due        INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    subject_kind TEXT  NOT NULL,
    subject_id TEXT    NOT NULL,
    lane       TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    worker     TEXT,
    until      INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_outbox_due ON invoice_outbox (tenant, due, id);

CREATE TABLE invoice_units (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
