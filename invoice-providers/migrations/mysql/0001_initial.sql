-- Times are nanoseconds since 1970 UTC, amounts fen, rates exact decimal text. Every key begins with the tenant.
-- Texts are compared byte by byte. "IF NOT EXISTS" because this database commits each statement by itself.

CREATE TABLE IF NOT EXISTS invoice_rows (
    tenant  VARCHAR(64) NOT NULL,
    kind    VARCHAR(32) NOT NULL,
    id      VARCHAR(64) NOT NULL,
    version BIGINT      NOT NULL,
    head    VARBINARY(64) NOT NULL,
    seller  VARCHAR(64),
    state   VARCHAR(64),
    at      BIGINT,
    net     BIGINT      NOT NULL,
    tax     BIGINT      NOT NULL,
    gross   BIGINT      NOT NULL,
    -- The row's tags once more, as JSON pairs: what a later write must take out of the table of tags.
    tags    MEDIUMTEXT  NOT NULL,
    body    LONGBLOB    NOT NULL,
    PRIMARY KEY (tenant, kind, id),
    KEY invoice_rows_by_state  (tenant, kind, state, id),
    KEY invoice_rows_by_seller (tenant, kind, seller, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoice_tags (
    tenant VARCHAR(64)  NOT NULL,
    kind   VARCHAR(32)  NOT NULL,
    name   VARCHAR(64)  NOT NULL,
    value  VARCHAR(128) NOT NULL,
    id     VARCHAR(64)  NOT NULL,
    -- What the tag adds to the sums of its name; zero on most.
    net    BIGINT NOT NULL,
    tax    BIGINT NOT NULL,
    gross  BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, name, value, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoice_journal (
    tenant VARCHAR(64)   NOT NULL,
    kind   VARCHAR(32)   NOT NULL,
    id     VARCHAR(64)   NOT NULL,
    seq    BIGINT        NOT NULL,
    at     BIGINT        NOT NULL,
    actor  VARCHAR(64)   NOT NULL,
    verb   TEXT          NOT NULL,
    hash   VARBINARY(64) NOT NULL,
    body   LONGBLOB      NOT NULL,
    PRIMARY KEY (tenant, kind, id, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoice_ledger (
    tenant   VARCHAR(64) NOT NULL,
    order_id VARCHAR(64) NOT NULL,
    seq      BIGINT      NOT NULL,
    line     VARCHAR(64) NOT NULL,
    kind     VARCHAR(32) NOT NULL,
    cause    TEXT        NOT NULL,
    rate     VARCHAR(32) NOT NULL,
    net      BIGINT      NOT NULL,
    tax      BIGINT      NOT NULL,
    gross    BIGINT      NOT NULL,
    at       BIGINT      NOT NULL,
    PRIMARY KEY (tenant, order_id, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Settled messages are deleted, so the outbox is as long as the work that waits.
CREATE TABLE IF NOT EXISTS invoice_outbox (
    tenant       VARCHAR(64)  NOT NULL,
    id           VARCHAR(128) NOT NULL,
    -- When it may be given out: the later of not_before and until.
    due          BIGINT       NOT NULL,
    not_before   BIGINT       NOT NULL,
    subject_kind VARCHAR(32)  NOT NULL,
    subject_id   VARCHAR(64)  NOT NULL,
    lane         TEXT         NOT NULL,
    attempts     BIGINT       NOT NULL,
    worker       VARCHAR(64),
    until        BIGINT,
    PRIMARY KEY (tenant, id),
    KEY invoice_outbox_due (tenant, due, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS invoice_units (
    tenant VARCHAR(64) NOT NULL,
    id     VARCHAR(64) NOT NULL,
    PRIMARY KEY (tenant, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
