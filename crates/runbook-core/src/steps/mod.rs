//! The catalogue of step types: one file each, one line here.

mod approve;
mod assert_job;
mod assert_plan;
mod assert_replica;
mod assert_server;
mod cancel_on_timeout;
mod cancel_task;
mod check_dns;
mod check_http;
mod check_tcp;
mod check_tls;
mod collect;
mod command;
mod decide;
mod disable_cdp_policy;
mod disable_job;
mod em_request;
mod enable_cdp_policy;
mod enable_job;
mod failover_cdp_vapp;
mod failover_cdp_vm;
mod failover_vapp;
mod failover_vm;
mod http;
mod literal;
mod manual;
mod noop;
mod notify;
mod parts;
mod plan_action;
mod query;
mod restore_vapp;
mod restore_vm;
mod retry_job;
mod run_runbook;
mod sleep;
mod start_cloud_failover;
mod start_failover;
mod start_job;
mod stop_job;
mod stop_session;
mod sync_job;
mod test_cloud_failover;
mod undo_cloud_failover;
mod undo_failover;
mod wait_session;
mod wait_task;

use crate::step::{AnyStepType, declared, erase};

/// Every step type, in the order in which people meet them.
pub const ALL: &[&dyn AnyStepType] = &[
    erase::<start_failover::StartFailover>(),
    &declared(&start_cloud_failover::DECL),
    erase::<undo_failover::UndoFailover>(),
    &declared(&undo_cloud_failover::DECL),
    &declared(&test_cloud_failover::DECL),
    &declared(&failover_vm::DECL),
    &declared(&failover_vapp::DECL),
    &declared(&failover_cdp_vm::DECL),
    &declared(&failover_cdp_vapp::DECL),
    &declared(&restore_vm::DECL),
    &declared(&restore_vapp::DECL),
    &declared(&start_job::DECL),
    &declared(&retry_job::DECL),
    &declared(&sync_job::DECL),
    &declared(&stop_job::DECL),
    &declared(&enable_job::DECL),
    &declared(&disable_job::DECL),
    &declared(&enable_cdp_policy::DECL),
    &declared(&disable_cdp_policy::DECL),
    &declared(&stop_session::DECL),
    &declared(&collect::DECL),
    erase::<wait_task::WaitTask>(),
    erase::<cancel_on_timeout::CancelOnTimeout>(),
    &declared(&cancel_task::DECL),
    &declared(&wait_session::DECL),
    &declared(&assert_plan::DECL),
    &declared(&assert_replica::DECL),
    &declared(&assert_job::DECL),
    &declared(&assert_server::DECL),
    &declared(&query::DECL),
    &declared(&em_request::DECL),
    &declared(&check_tcp::DECL),
    &declared(&check_http::DECL),
    &declared(&check_dns::DECL),
    &declared(&check_tls::DECL),
    &declared(&command::DECL),
    &declared(&http::DECL),
    erase::<sleep::Sleep>(),
    erase::<noop::Noop>(),
    &declared(&approve::DECL),
    &declared(&decide::DECL),
    &declared(&manual::DECL),
    &declared(&notify::DECL),
    &declared(&run_runbook::DECL),
];

/// Finds a step type by the word under `uses:`.
pub fn find(kind: &str) -> Option<&'static dyn AnyStepType> {
    ALL.iter().copied().find(|step_type| step_type.decl().kind == kind)
}

#[cfg(test)]
mod tests;
