//! `stop-session`: stops a session of a job.

use super::parts::CHANGED_OUTPUTS;
use crate::step::{Decl, Param, Thing, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "stop-session",
    summary: "Stops a backup session that is running.",
    params: &[Param::required(
        "session",
        Type::Object(Thing::Session),
        "The backup session, by name, UID or id; the `session` of another step fits.",
    )],
    outputs: CHANGED_OUTPUTS,
    sees_to_its_end: true,
    proof: "The session reads `Stopped`.",
    investigate: "The session is read again: EM shows its state.",
    more: "EM stops sessions of backup jobs only: restore, replica and cloud failover sessions \
           have no such call. A session that has stopped already is left alone (`changed: \
           false`).\n\nUse it to stop this one run of a job; `stop-job` stops whatever run there \
           is. The account must be a Portal Administrator.",
    example: "\
runbook: v1
name: stop-what-was-started
steps:
  backup: { uses: start-job, with: { job: ERP backup } }
  started: { uses: wait-task, with: { task: backup, until: task } }
  enough:
    uses: decide
    needs: started
    with: { options: [keep, stop], expires: 30m, otherwise: keep }
  stop:
    uses: stop-session
    when: steps.enough.choice == 'stop'
    with: { session: \"${{ steps.started.session }}\" }
",
    ..Decl::ACTION
};
