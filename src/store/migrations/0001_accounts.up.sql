-- Users, teams, keys, budgets, customers, organizations and models.
--
-- One text for both engines. Amounts are nano-dollars, times microseconds since 1970 (UTC), lists and objects JSON texts,
-- absent texts empty. In PostgreSQL every TEXT column gets COLLATE "C": bytes decide order and case, as in SQLite.
-- A line behind "-- postgres:" is for that engine alone.
-- Unique constraints are named table__column, which is how a violation is told to the caller.

CREATE TABLE sg_organization (
  organization_id TEXT NOT NULL,
  organization_alias TEXT NOT NULL DEFAULT '',
  budget_id TEXT NOT NULL DEFAULT '',
  models TEXT NOT NULL DEFAULT '[]',
  metadata TEXT NOT NULL DEFAULT '{}',
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_organization__organization_id PRIMARY KEY (organization_id)
);

CREATE TABLE sg_budget (
  budget_id TEXT NOT NULL,
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_budget__budget_id PRIMARY KEY (budget_id)
);

CREATE TABLE sg_team (
  team_id TEXT NOT NULL,
  team_alias TEXT NOT NULL DEFAULT '',
  organization_id TEXT NOT NULL DEFAULT '',
  budget_id TEXT NOT NULL DEFAULT '',
  member_budget_id TEXT NOT NULL DEFAULT '',
  member_key_duration TEXT NOT NULL DEFAULT '',
  models TEXT NOT NULL DEFAULT '[]',
  tags TEXT NOT NULL DEFAULT '[]',
  member_permissions TEXT NOT NULL DEFAULT '[]',
  access_group_ids TEXT NOT NULL DEFAULT '[]',
  model_aliases TEXT NOT NULL DEFAULT '{}',
  router_settings TEXT NOT NULL DEFAULT '{}',
  object_permission TEXT NOT NULL DEFAULT '{}',
  metadata TEXT NOT NULL DEFAULT '{}',
  blocked BOOLEAN NOT NULL DEFAULT FALSE,
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_team__team_id PRIMARY KEY (team_id)
);
CREATE INDEX sg_team_by_organization ON sg_team (organization_id);
CREATE INDEX sg_team_by_created ON sg_team (created_at);
CREATE INDEX sg_team_by_reset ON sg_team (budget_reset_at) WHERE budget_reset_at IS NOT NULL;

CREATE TABLE sg_user (
  user_id TEXT NOT NULL,
  user_alias TEXT NOT NULL DEFAULT '',
  user_email TEXT NOT NULL DEFAULT '',
  user_role TEXT NOT NULL DEFAULT '',
  sso_user_id TEXT NOT NULL DEFAULT '',
  organization_id TEXT NOT NULL DEFAULT '',
  budget_id TEXT NOT NULL DEFAULT '',
  models TEXT NOT NULL DEFAULT '[]',
  allowed_cache_controls TEXT NOT NULL DEFAULT '[]',
  aliases TEXT NOT NULL DEFAULT '{}',
  permissions TEXT NOT NULL DEFAULT '{}',
  object_permission TEXT NOT NULL DEFAULT '{}',
  metadata TEXT NOT NULL DEFAULT '{}',
  blocked BOOLEAN NOT NULL DEFAULT FALSE,
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_user__user_id PRIMARY KEY (user_id)
);
CREATE UNIQUE INDEX sg_user__user_email ON sg_user (lower(user_email)) WHERE user_email <> '';
CREATE UNIQUE INDEX sg_user__sso_user_id ON sg_user (sso_user_id) WHERE sso_user_id <> '';
CREATE INDEX sg_user_by_created ON sg_user (created_at);
CREATE INDEX sg_user_by_reset ON sg_user (budget_reset_at) WHERE budget_reset_at IS NOT NULL;

CREATE TABLE sg_member (
  team_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'user',
  budget_id TEXT NOT NULL DEFAULT '',
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_member__user_id PRIMARY KEY (team_id, user_id)
);
CREATE INDEX sg_member_by_user ON sg_member (user_id);
CREATE INDEX sg_member_by_reset ON sg_member (budget_reset_at) WHERE budget_reset_at IS NOT NULL;

-- deleted_at is 0 while the key lives; deleted keys stay for lists, and their hash may live again.
CREATE TABLE sg_key (
  key_hash TEXT NOT NULL,
  key_hmac TEXT NOT NULL DEFAULT '',
  key_name TEXT NOT NULL DEFAULT '',
  key_alias TEXT NOT NULL DEFAULT '',
  key_type TEXT NOT NULL DEFAULT '',
  user_id TEXT NOT NULL DEFAULT '',
  team_id TEXT NOT NULL DEFAULT '',
  organization_id TEXT NOT NULL DEFAULT '',
  agent_id TEXT NOT NULL DEFAULT '',
  budget_id TEXT NOT NULL DEFAULT '',
  models TEXT NOT NULL DEFAULT '[]',
  tags TEXT NOT NULL DEFAULT '[]',
  allowed_routes TEXT NOT NULL DEFAULT '[]',
  allowed_passthrough_routes TEXT NOT NULL DEFAULT '[]',
  allowed_cache_controls TEXT NOT NULL DEFAULT '[]',
  access_group_ids TEXT NOT NULL DEFAULT '[]',
  aliases TEXT NOT NULL DEFAULT '{}',
  config TEXT NOT NULL DEFAULT '{}',
  permissions TEXT NOT NULL DEFAULT '{}',
  router_settings TEXT NOT NULL DEFAULT '{}',
  object_permission TEXT NOT NULL DEFAULT '{}',
  budget_fallbacks TEXT NOT NULL DEFAULT '{}',
  budget_limits TEXT NOT NULL DEFAULT '[]',
  metadata TEXT NOT NULL DEFAULT '{}',
  blocked BOOLEAN NOT NULL DEFAULT FALSE,
  expires_at BIGINT,
  temp_budget_increase BIGINT,
  temp_budget_expires_at BIGINT,
  auto_rotate BOOLEAN NOT NULL DEFAULT FALSE,
  rotation_interval TEXT NOT NULL DEFAULT '',
  rotations BIGINT NOT NULL DEFAULT 0,
  last_rotation_at BIGINT,
  next_rotation_at BIGINT,
  deleted_at BIGINT NOT NULL DEFAULT 0,
  deleted_by TEXT NOT NULL DEFAULT '',
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_key__key_hash PRIMARY KEY (key_hash, deleted_at)
);
CREATE UNIQUE INDEX sg_key__key_alias ON sg_key (key_alias) WHERE key_alias <> '' AND deleted_at = 0;
CREATE INDEX sg_key_by_user ON sg_key (user_id);
CREATE INDEX sg_key_by_team ON sg_key (team_id) WHERE team_id <> '';
CREATE INDEX sg_key_by_maker ON sg_key (created_by);
CREATE INDEX sg_key_by_created ON sg_key (created_at);
CREATE INDEX sg_key_by_reset ON sg_key (budget_reset_at) WHERE budget_reset_at IS NOT NULL;

-- Hashes of keys that were replaced: they open until revoke_at, and spend that names them counts on key_hash.
CREATE TABLE sg_retired_key (
  old_hash TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  revoke_at BIGINT NOT NULL,
  CONSTRAINT sg_retired_key__old_hash PRIMARY KEY (old_hash)
);
CREATE INDEX sg_retired_key_by_key ON sg_retired_key (key_hash);

CREATE TABLE sg_customer (
  customer_id TEXT NOT NULL,
  alias TEXT NOT NULL DEFAULT '',
  budget_id TEXT NOT NULL DEFAULT '',
  allowed_model_region TEXT NOT NULL DEFAULT '',
  default_model TEXT NOT NULL DEFAULT '',
  object_permission TEXT NOT NULL DEFAULT '{}',
  metadata TEXT NOT NULL DEFAULT '{}',
  blocked BOOLEAN NOT NULL DEFAULT FALSE,
  max_budget BIGINT,
  soft_budget BIGINT,
  budget_duration TEXT NOT NULL DEFAULT '',
  budget_reset_at BIGINT,
  tpm_limit BIGINT,
  rpm_limit BIGINT,
  max_parallel_requests BIGINT,
  model_max_budget TEXT NOT NULL DEFAULT '{}',
  spend BIGINT NOT NULL DEFAULT 0,
  spend_since BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_customer__customer_id PRIMARY KEY (customer_id)
);
CREATE INDEX sg_customer_by_reset ON sg_customer (budget_reset_at) WHERE budget_reset_at IS NOT NULL;

CREATE TABLE sg_model (
  model_id TEXT NOT NULL,
  model_name TEXT NOT NULL DEFAULT '',
  team_id TEXT NOT NULL DEFAULT '',
  litellm_params TEXT NOT NULL DEFAULT '{}',
  model_info TEXT NOT NULL DEFAULT '{}',
  blocked BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT sg_model__model_id PRIMARY KEY (model_id)
);

-- Room in every page for the next version of a row: spend moves without touching an index.
-- postgres: ALTER TABLE sg_key SET (fillfactor = 60);
-- postgres: ALTER TABLE sg_user SET (fillfactor = 60);
-- postgres: ALTER TABLE sg_team SET (fillfactor = 60);
-- postgres: ALTER TABLE sg_member SET (fillfactor = 60);
-- postgres: ALTER TABLE sg_customer SET (fillfactor = 60);
-- postgres: ALTER TABLE sg_organization SET (fillfactor = 60);
