-- Who changed what, as a chain of hashes, and where the chain stands.

CREATE TABLE sg_audit (
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor_user_id TEXT NOT NULL DEFAULT '',
  actor_role TEXT NOT NULL DEFAULT '',
  actor_key_hash TEXT NOT NULL DEFAULT '',
  changed_by TEXT NOT NULL DEFAULT '',
  action TEXT NOT NULL DEFAULT '',
  object_kind TEXT NOT NULL DEFAULT '',
  object_id TEXT NOT NULL DEFAULT '',
  before_json TEXT NOT NULL DEFAULT 'null',
  after_json TEXT NOT NULL DEFAULT 'null',
  request_id TEXT NOT NULL DEFAULT '',
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT sg_audit__seq PRIMARY KEY (seq)
);
CREATE INDEX sg_audit_by_object ON sg_audit (object_kind, object_id, seq);

CREATE TABLE sg_audit_head (
  id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT sg_audit_head__id PRIMARY KEY (id)
);
INSERT INTO sg_audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
