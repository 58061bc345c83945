//! `cancel-task`: asks EM to stop a task, whatever became of the wait for it.

use super::parts::{SETTLE, TASK_TO_STOP};
use crate::step::{Decl, Effect};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "cancel-task",
    summary: "Asks EM to stop the task of another step, and looks for proof.",
    params: &[TASK_TO_STOP, SETTLE],
    effect: Some(Effect::Write),
    proof: "The session that the task links to reads `Stopped`, or the task finishes. EM's answer \
            to the request (204) proves nothing: it may have stopped the work, or only have \
            forgotten the task.",
    investigate: "The task is asked for until `settle` is over; then the backup console knows \
                  more than EM's API.",
    more: "Use it where a person or a result decides that the work shall stop. Where the reason \
           is a wait that ran out of time, use `cancel-on-timeout`, or `wait` with `on-timeout: \
           cancel`.\n\nNothing is taken back by it: what the task has done so far stays done. \
           A task that is gone and linked to no session ends *unknown*, never *cancelled* \
           without proof. Tasks of regular failover plans link to none.",
    example: "\
runbook: v1
name: tenant-test-with-an-end
steps:
  test:
    uses: test-cloud-failover
    with: { plan: ABC Company Failover Plan }
    allow:
      runbook::action::unchecked: the test ends with the replicas off, so nothing is left to look at
  done: { uses: wait-task, with: { task: test }, timeout: 1h }
  enough:
    uses: decide
    needs: test
    with: { options: [go-on, stop], expires: 30m, otherwise: go-on }
  stop:
    uses: cancel-task
    when: steps.enough.choice == 'stop'
    with: { task: test, settle: 5m }
",
    ..Decl::READ
};
