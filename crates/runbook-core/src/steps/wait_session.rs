//! `wait-session`: follows a session of EM to its end.

use std::time::Duration;

use crate::step::{Decl, OnWarning, Output, Param, Thing, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "wait-session",
    summary: "Follows a session to its end.",
    params: &[Param::required(
        "session",
        Type::StepOr(Thing::Session),
        "The step whose session is followed; or a session by name, UID or id.",
    )],
    outputs: &[
        Output::new("progress", Type::Integer(0, 100), "How far it said it was, in percent."),
        Output::new(
            "session_result",
            Type::OneOf(&["success", "warning", "failed"]),
            "What EM says of its end.",
        ),
    ],
    timeout: Some(Duration::from_mins(30)),
    on_warning: Some(OnWarning::Fail),
    observes: true,
    proof: "EM shows the session as `Stopped`, with a result other than `None`.",
    investigate: "The session is asked for again; a session can be read in any logon session, \
                  for 30 days.",
    more: "`wait-task` follows the session that its task links to by itself. This kind is for \
           sessions that somebody else has begun, and for waits of their own after a \
           `wait-task` with `until: task`.\n\nThe progress of a session is advice at best: a \
           finished one may show 0. What EM shows may be minutes behind.",
    example: "\
runbook: v1
name: replicate-and-wait
steps:
  replicate: { uses: start-job, with: { job: ERP replication } }
  triggered: { uses: wait-task, with: { task: replicate, until: task } }
  done: { uses: wait-session, with: { session: triggered }, timeout: 2h }
",
    ..Decl::READ
};
