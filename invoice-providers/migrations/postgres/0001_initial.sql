-- Times are nanoseconds since 1970 UTC, amounts fen, rates exact decimal text. Every key begins with the tenant.
-- Texts are compared byte by byte, whatever the language of the database.

CREATE TABLE invoice_rows (
    tenant  TEXT COLLATE "C" NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    head    BYTEA  NOT NULL,
    seller  TEXT COLLATE "C",
    state   TEXT COLLATE "C",
    at      BIGINT,
    net     BIGINT NOT NULL,
    tax     BIGINT NOT NULL,
    gross   BIGINT NOT NULL,
    -- The row's tags once more, as JSON pairs: what a later write must take out of the table of tags.
    tags    TEXT   NOT NULL,
    body    BYTEA  NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);
CREATE INDEX invoice_rows_by_state  ON invoice_rows (tenant, kind, state, id)  WHERE state  IS NOT NULL;
CREATE INDEX invoice_rows_by_seller ON invoice_rows (tenant, kind, seller, id) WHERE seller IS NOT NULL;

CREATE TABLE invoice_tags (
    tenant TEXT COLLATE "C" NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    value  TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    -- What the tag adds to the sums of its name; zero on most.
    net    BIGINT NOT NULL,
    tax    BIGINT NOT NULL,
    gross  BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, name, value, id)
);

CREATE TABLE invoice_journal (
    tenant TEXT COLLATE "C" NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    verb   TEXT   NOT NULL,
    hash   BYTEA  NOT NULL,
    body   BYTEA  NOT NULL,
    PRIMARY KEY (tenant, kind, id, seq)
);

CREATE TABLE invoice_ledger (
    tenant   TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    seq      BIGINT NOT NULL,
    line     TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    cause    TEXT   NOT NULL,
    rate     TEXT   NOT NULL,
    net      BIGINT NOT NULL,
    tax      BIGINT NOT NULL,
    gross    BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (tenant, order_id, seq)
);

-- Settled messages are deleted, so the outbox is as long as the work that waits.
CREATE TABLE invoice_outbox (
    tenant       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    -- When it may be given out: the later of not_before and until.
    due          BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    subject_kind TEXT   NOT NULL,
    subject_id   TEXT   NOT NULL,
    lane         TEXT COLLATE "C" NOT NULL,
    attempts     BIGINT NOT NULL,
    worker       TEXT,
    until        BIGINT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX invoice_outbox_due ON invoice_outbox (tenant, due, id);

CREATE TABLE invoice_units (
    tenant TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);
