-- What was spent: a row per request, sums per day, and meters of scopes without a row of their own.

CREATE TABLE sg_spend (
  request_id TEXT NOT NULL,
  call_type TEXT NOT NULL DEFAULT '',
  endpoint TEXT NOT NULL DEFAULT '',
  key_hash TEXT NOT NULL DEFAULT '',
  key_alias TEXT NOT NULL DEFAULT '',
  user_id TEXT NOT NULL DEFAULT '',
  team_id TEXT NOT NULL DEFAULT '',
  organization_id TEXT NOT NULL DEFAULT '',
  customer_id TEXT NOT NULL DEFAULT '',
  session_id TEXT NOT NULL DEFAULT '',
  agent_id TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  model_id TEXT NOT NULL DEFAULT '',
  model_group TEXT NOT NULL DEFAULT '',
  provider TEXT NOT NULL DEFAULT '',
  api_base TEXT NOT NULL DEFAULT '',
  requester_ip TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  cache_hit TEXT NOT NULL DEFAULT '',
  cache_key TEXT NOT NULL DEFAULT '',
  mcp_tool TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '',
  error_class TEXT NOT NULL DEFAULT '',
  error_message TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '[]',
  spend BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL DEFAULT 0,
  completion_tokens BIGINT NOT NULL DEFAULT 0,
  total_tokens BIGINT NOT NULL DEFAULT 0,
  cache_read_tokens BIGINT NOT NULL DEFAULT 0,
  cache_write_5m_tokens BIGINT NOT NULL DEFAULT 0,
  cache_write_1h_tokens BIGINT NOT NULL DEFAULT 0,
  reasoning_tokens BIGINT NOT NULL DEFAULT 0,
  start_time BIGINT NOT NULL,
  end_time BIGINT NOT NULL,
  completion_start_time BIGINT,
  held_at BIGINT NOT NULL,
  estimated BOOLEAN NOT NULL DEFAULT FALSE,
  hold BIGINT NOT NULL DEFAULT 0,
  clamp_tokens BIGINT,
  attempts TEXT NOT NULL DEFAULT '[]',
  metadata TEXT NOT NULL DEFAULT '{}',
  messages TEXT NOT NULL DEFAULT '{}',
  response TEXT NOT NULL DEFAULT '{}',
  proxy_request TEXT NOT NULL DEFAULT '{}',
  instance_id TEXT NOT NULL DEFAULT '',
  CONSTRAINT sg_spend__request_id PRIMARY KEY (request_id)
);
-- Narrow ones: every row of every request goes into all of them.
CREATE INDEX sg_spend_by_time ON sg_spend (start_time);
CREATE INDEX sg_spend_by_key ON sg_spend (key_hash);
CREATE INDEX sg_spend_by_user ON sg_spend (user_id);

-- kind: user, team, organization, customer, tag, agent. Every request counts once under user.
CREATE TABLE sg_daily (
  kind TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  date TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  model TEXT NOT NULL,
  model_group TEXT NOT NULL,
  provider TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  mcp_tool TEXT NOT NULL,
  spend BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cache_read_tokens BIGINT NOT NULL,
  cache_write_tokens BIGINT NOT NULL,
  requests BIGINT NOT NULL,
  successful_requests BIGINT NOT NULL,
  failed_requests BIGINT NOT NULL,
  CONSTRAINT sg_daily__date PRIMARY KEY (kind, entity_id, date, key_hash, model, model_group, provider, endpoint, mcp_tool)
);
CREATE INDEX sg_daily_by_date ON sg_daily (kind, date);

CREATE TABLE sg_meter (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  model TEXT NOT NULL,
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT sg_meter__id PRIMARY KEY (kind, id, model)
);

-- Every flush and every reset locks this row first: spend moves one transaction at a time, and never into a deadlock.
CREATE TABLE sg_spend_lock (id BIGINT NOT NULL, CONSTRAINT sg_spend_lock__id PRIMARY KEY (id));
INSERT INTO sg_spend_lock (id) VALUES (1);

-- postgres: ALTER TABLE sg_daily SET (fillfactor = 80);
-- postgres: ALTER TABLE sg_meter SET (fillfactor = 60);
