-- Gateways that share this database: who lives, their shares of limits, and what they have dispatched.

CREATE TABLE sg_instance (
  instance_id TEXT NOT NULL,
  host TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL DEFAULT '',
  started_at BIGINT NOT NULL,
  heartbeat_at BIGINT NOT NULL,
  CONSTRAINT sg_instance__instance_id PRIMARY KEY (instance_id)
);

CREATE TABLE sg_lease (
  lease_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  resource TEXT NOT NULL,
  amount BIGINT NOT NULL,
  used BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT sg_lease__lease_id PRIMARY KEY (lease_id)
);
CREATE INDEX sg_lease_by_scope ON sg_lease (kind, id, user_id, model);
CREATE INDEX sg_lease_by_instance ON sg_lease (instance_id);
CREATE INDEX sg_lease_by_expiry ON sg_lease (expires_at);

CREATE TABLE sg_hold (
  request_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  key_hash TEXT NOT NULL DEFAULT '',
  amount BIGINT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}',
  placed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT sg_hold__request_id PRIMARY KEY (request_id)
);
CREATE INDEX sg_hold_by_instance ON sg_hold (instance_id);
