#include <gmock/gmock.h>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::ElementsAre;

class BudgetsTest : public stargate::testing::StoreTest {};
STARGATE_ON_BOTH_ENGINES(BudgetsTest);

TEST_P(BudgetsTest, BudgetsAndWhoPointsToThem) {
  account::Budget budget;
  budget.budget_id = "b1";
  budget.limits.max_budget = base::NanoUsd{5};
  budget.limits.budget_duration = "30d";
  budget.stamp = stamp();
  ASSERT_EQ(trouble(store_->create_budget(budget)), "");
  EXPECT_EQ(store_->find_budget("b1").value(), budget);
  EXPECT_EQ(param(store_->create_budget(budget)), "budget_id");
  account::Budget other = budget;
  other.budget_id = "b0";
  ASSERT_EQ(trouble(store_->create_budget(other)), "");
  EXPECT_EQ(store_->list_budgets({})->size(), 2U);
  EXPECT_EQ(store_->list_budgets({"b1", "b9"})->front(), budget);
  budget.limits.max_budget.reset();
  EXPECT_EQ(store_->update_budget(budget), 2);

  account::Key pointing = key("k");
  pointing.budget_id = "b1";
  ASSERT_EQ(trouble(store_->create_key(pointing)), "");
  account::Team with_members = team("t");
  with_members.member_budget_id = "b1";
  with_members.budget_id = "b0";
  ASSERT_EQ(trouble(store_->create_team(with_members)), "");
  EXPECT_EQ(trouble(store_->delete_budget("b1")), "");
  EXPECT_EQ(store_->key_by_hash("k", at(0))->budget_id, "");
  EXPECT_EQ(store_->find_team("t")->member_budget_id, "");
  EXPECT_EQ(store_->find_team("t")->budget_id, "b0");
  EXPECT_EQ(code(store_->delete_budget("b1")), ErrorCode::kNotFound);
}

TEST_P(BudgetsTest, Customers) {
  account::Customer customer;
  customer.customer_id = "c1";
  customer.alias = "Søren";
  customer.budget_id = "b";
  customer.allowed_model_region = "eu";
  customer.default_model = "haiku";
  customer.object_permission = R"({"x":1})";
  customer.metadata = R"({"y":2})";
  customer.limits.rpm_limit = 5;
  customer.stamp = stamp();
  ASSERT_EQ(trouble(store_->create_customer(customer)), "");
  EXPECT_EQ(store_->find_customer("c1").value(), customer);
  EXPECT_EQ(param(store_->create_customer(customer)), "customer_id");
  customer.default_model = "opus";
  EXPECT_EQ(store_->update_customer(customer), 2);
  EXPECT_EQ(trouble(store_->set_blocked(account::ScopeKind::kCustomer, "c1", true, {.at = at(1), .by = "x"})), "");
  EXPECT_TRUE(store_->find_customer("c1")->blocked);
  account::Customer second;
  second.customer_id = "c2";
  ASSERT_EQ(trouble(store_->create_customer(second)), "");
  EXPECT_EQ(store_->list_customers({.number = 2, .size = 1}, {.by = ports::NameSort::kName})->rows.front(), second);
  EXPECT_EQ(store_->delete_customers({"c1", "c9"}), 1);
  EXPECT_EQ(store_->list_customers({}, {})->total, 1);
}

TEST_P(BudgetsTest, Organizations) {
  account::Organization organization;
  organization.organization_id = "o1";
  organization.organization_alias = "ACME";
  organization.budget_id = "b";
  organization.models = {"m"};
  organization.metadata = R"({"z":1})";
  organization.limits.max_budget = base::NanoUsd{1};
  organization.stamp = stamp();
  ASSERT_EQ(trouble(store_->create_organization(organization)), "");
  EXPECT_EQ(store_->find_organization("o1").value(), organization);
  organization.models.clear();
  EXPECT_EQ(store_->update_organization(organization), 2);
  account::User person = user("u");
  person.organization_id = "o1";
  ASSERT_EQ(trouble(store_->create_user(person)), "");
  EXPECT_EQ(store_->list_organizations({}, {.by = ports::NameSort::kName})->total, 1);
  EXPECT_EQ(trouble(store_->delete_organization("o1")), "");
  EXPECT_EQ(store_->find_user("u")->organization_id, "");
  EXPECT_EQ(code(store_->delete_organization("o1")), ErrorCode::kNotFound);
}

TEST_P(BudgetsTest, Models) {
  account::StoredModel model;
  model.model_id = "m1";
  model.model_name = "claude";
  model.team_id = "t";
  model.litellm_params = R"({"model":"bedrock/x"})";
  model.model_info = R"({"id":"m1"})";
  model.blocked = true;
  model.stamp = stamp();
  ASSERT_EQ(trouble(store_->create_model(model)), "");
  EXPECT_EQ(store_->find_model("m1").value(), model);
  EXPECT_EQ(param(store_->create_model(model)), "model_id");
  model.blocked = false;
  EXPECT_EQ(store_->update_model(model), 2);
  EXPECT_EQ(store_->list_models({.model_name = "claude"})->size(), 1U);
  EXPECT_EQ(store_->list_models({.team_id = "x"})->size(), 0U);
  EXPECT_EQ(trouble(store_->delete_model("m1")), "");
  EXPECT_EQ(code(store_->delete_model("m1")), ErrorCode::kNotFound);
}

TEST_P(BudgetsTest, InstancesLeasesAndHolds) {
  account::Instance gateway{
      .instance_id = "gw", .host = "h", .version = "1", .started_at = at(1), .heartbeat_at = at(1)};
  ASSERT_EQ(trouble(store_->put_instance(gateway)), "");
  ASSERT_EQ(trouble(store_->put_instance(gateway)), "") << "the same again, after a restart";
  EXPECT_EQ(trouble(store_->beat("gw", at(9))), "");
  gateway.heartbeat_at = at(9);
  EXPECT_THAT(store_->list_instances().value(), ElementsAre(gateway));
  EXPECT_EQ(code(store_->beat("other", at(9))), ErrorCode::kNotFound);

  account::Lease lease{.lease_id = "l1",
                       .instance_id = "gw",
                       .scope = {.kind = account::ScopeKind::kMember, .id = "t", .user_id = "u", .model = ""},
                       .resource = "money",
                       .amount = 100,
                       .used = 0,
                       .taken_at = at(1),
                       .expires_at = at(10)};
  ASSERT_EQ(trouble(store_->put_lease(lease)), "");
  lease.used = 40;
  ASSERT_EQ(trouble(store_->put_lease(lease)), "");
  EXPECT_THAT(store_->list_leases(lease.scope).value(), ElementsAre(lease));
  EXPECT_TRUE(store_->list_leases({.kind = account::ScopeKind::kTeam, .id = "t", .user_id = "", .model = ""})->empty());
  EXPECT_TRUE(store_->take_expired_leases(at(9))->empty());
  EXPECT_THAT(another()->take_expired_leases(at(10)).value(), ElementsAre(lease));
  EXPECT_TRUE(store_->take_expired_leases(at(10))->empty()) << "one of the gateways has it";
  EXPECT_EQ(code(store_->delete_lease("l1")), ErrorCode::kNotFound);

  const account::Hold hold{.request_id = "r1",
                           .instance_id = "gw",
                           .key_hash = "k",
                           .amount = {7},
                           .detail = R"({"scopes":[]})",
                           .placed_at = at(1),
                           .expires_at = at(2)};
  ASSERT_EQ(trouble(store_->put_holds({hold, hold})), "");
  ASSERT_EQ(trouble(store_->put_lease(lease)), "");
  EXPECT_EQ(trouble(store_->delete_instance("gw")), "");
  EXPECT_TRUE(store_->list_leases_of("gw")->empty());
  EXPECT_THAT(store_->list_holds_of("gw").value(), ElementsAre(hold)) << "somebody must settle it";
  EXPECT_EQ(store_->list_holds_of("")->size(), 1U);
  EXPECT_EQ(store_->delete_holds({"r1", "r2"}), 1);
  EXPECT_EQ(store_->delete_holds({}), 0);
}

}  // namespace
}  // namespace stargate::store
