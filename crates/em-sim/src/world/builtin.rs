//! The small world that is there without being set up.

use em_api::protocol::PlanId;

use super::World;
use super::plans::{Plan, PlanState};

/// The plan of the exchange in the vendor's reference.
const SQL_PLAN: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";
const ERP_PLAN: &str = "5f0b1a52-6c0e-4c11-9a5d-2d0f6a3f7b10";

impl World {
    /// Makes the world of `--target sim`: the plans `SQL Failover Plan` with two machines and
    /// `ERP-DR` with four, both ready, and tasks that succeed after about two seconds.
    ///
    /// Its seed is always the same: a new one gives out the tokens of the last one again. Where
    /// that matters, [`World::restart`] is what a restarted server does.
    #[expect(clippy::missing_panics_doc, reason = "the ids are right, as the tests show")]
    pub fn builtin(user: impl Into<String>, password: impl Into<String>) -> Self {
        let mut world = Self::new(1, user, password);
        let plans = [
            (SQL_PLAN, "SQL Failover Plan", &["sql01", "sql02"][..]),
            (ERP_PLAN, "ERP-DR", &["erp-db01", "erp-db02", "erp-app01", "erp-web01"][..]),
        ];
        for (id, name, machines) in plans {
            let id = PlanId::parse(id).expect("invariant: a GUID is a plan id");
            world.add_plan(Plan::new(id, name, machines), PlanState::Ready);
        }
        world
    }
}
