//! Parameters, outputs and families of declarations that several kinds share.

use std::time::Duration;

use crate::step::{
    Decl, Effect, OPERATION, OnWarning, Output, Param, SESSION, SESSION_OUTPUTS, TASK, Thing, Type,
};

/// Ends what is to be known of a kind that connects to a machine of the author's choice.
macro_rules! with_connection {
    ($text:literal) => {
        concat!(
            $text,
            "\n\nThe address that the name resolved to is shown. Link-local addresses \
             (`169.254.0.0/16`, `fe80::/10`) are refused: clouds keep credentials there."
        )
    };
}

/// The same for a kind that speaks HTTP.
macro_rules! with_http {
    ($text:literal) => {
        concat!(
            $text,
            "\n\nNo redirect is followed: it is an answer like any other, with its status. The \
             address that the name resolved to is shown. Link-local addresses (`169.254.0.0/16`, \
             `fe80::/10`) are refused: clouds keep credentials there."
        )
    };
}

pub(super) use {with_connection, with_http};

/// The regular failover plan.
pub(super) const PLAN: Param = Param::required(
    "plan",
    Type::Object(Thing::Plan),
    "The failover plan, by name, UID or id. A name that EM has twice is refused.",
);

/// The failover plan of a tenant.
pub(super) const CLOUD_PLAN: Param = Param::required(
    "plan",
    Type::Object(Thing::Plan),
    "The cloud failover plan, by name, UID or id. A name that EM has twice is refused.",
);

/// From which points a plan starts.
pub(super) const PLAN_AS_OF: Param = Param::optional(
    "as-of",
    Type::Timestamp,
    "Start from the newest restore point before this instant; without it, from the newest there \
     is.",
);

/// From which point one object goes on.
pub(super) const AS_OF: Param = Param::optional(
    "as-of",
    Type::Timestamp,
    "Use the newest point before this instant; without it, the newest there is.",
);

/// The machine.
pub(super) const VM: Param = Param::required(
    "vm",
    Type::Object(Thing::Machine),
    "The machine, by name, UID or id. A name that EM has twice is refused.",
);

/// The vApp.
pub(super) const VAPP: Param = Param::required(
    "vapp",
    Type::Object(Thing::Vapp),
    "The vApp, by name, UID or id. A name that EM has twice is refused.",
);

/// How far a CDP replica is taken.
pub(super) const CDP_TO: Param = Param::optional(
    "to",
    Type::TimestampOr(&["latest", "latest-consistent"]),
    "`latest` is the newest state, `latest-consistent` the newest that the applications were \
     prepared for; an instant is taken as it is.",
)
.or("latest");

/// Whether a restored machine is started.
pub(super) const POWER_ON: Param =
    Param::optional("power-on", Type::Boolean, "Start it once it is restored.").or("false");

/// Whether a restore writes only what differs.
pub(super) const QUICK_ROLLBACK: Param = Param::optional(
    "quick-rollback",
    Type::Boolean,
    "Write only the blocks that have changed since the restore point.",
)
.or("false");

/// The job.
pub(super) const JOB: Param = Param::required(
    "job",
    Type::Object(Thing::Job),
    "The job, by name, UID or id. A name that EM has twice is refused.",
);

/// The step whose task is to be stopped.
pub(super) const TASK_TO_STOP: Param =
    Param::required("task", Type::Step, "The step whose task is to be stopped.");

/// How long proof of a stop is looked for.
pub(super) const SETTLE: Param = Param::optional(
    "settle",
    Type::Duration,
    "How long to look for proof of what became of the task.",
)
.or("2m");

/// What an assertion does when it does not hold.
pub(super) const MODE: Param = Param::optional(
    "mode",
    Type::OneOf(&["fail", "report"]),
    "`fail` fails the step where something does not hold; `report` succeeds, and says so in `ok`.",
)
.or("fail");

/// How old the newest point may be.
pub(super) const NEWEST_POINT: Param = Param::optional(
    "newest-point",
    Type::Fields(&[Param::required(
        "max-age",
        Type::Duration,
        "The greatest age that the newest point may have.",
    )
    .filled()]),
    "What is asked of the newest restore point.",
);

/// Whether an assertion holds.
pub(super) const OK: Output = Output::new("ok", Type::Boolean, "Whether everything asked holds.");

/// How old EM's data is.
pub(super) const DATA_AGE: Output = Output::new(
    "data_age",
    Type::Duration,
    "The age of what EM knows: the time since its last collection of data.",
);

/// Whether anything was sent.
pub(super) const CHANGED: Output = Output::new(
    "changed",
    Type::Boolean,
    "Whether anything had to be sent. A step with `false` owes no undo.",
);

/// The point that was used.
pub(super) const POINT: Output =
    Output::new("point", Type::Timestamp, "The creation time of the point that was used.");

/// The outputs of an action on one restore point.
pub(super) const POINT_OUTPUTS: &[Output] = &[TASK, OPERATION, SESSION, POINT];

/// The outputs of an action that first looks whether it is needed.
pub(super) const CHANGED_OUTPUTS: &[Output] = &[TASK, OPERATION, CHANGED];

/// How often a check looks.
pub(super) const EVERY: Param =
    Param::optional("every", Type::Duration, "How long to wait between two looks.")
        .or("5s")
        .filled();

/// How long a check must hold.
pub(super) const STABLE_FOR: Param = Param::optional(
    "stable-for",
    Type::Duration,
    "How long it must hold without a break; one failure starts the time anew.",
)
.or("0s");

/// Lines of a request that may carry a token.
pub(super) const HEADERS: Param =
    Param::optional("headers", Type::Map(&Type::String), "Headers of the request, by name.")
        .takes_secrets();

/// What is asked of an HTTP answer.
pub(super) const EXPECT_ANSWER: Param = Param::optional(
    "expect",
    Type::Fields(&[
        Param::optional(
            "status",
            Type::Integer(100, 599),
            "The status; without it, any from 200 to 299.",
        ),
        Param::optional("body-contains", Type::String, "A text that the body has in it."),
        Param::optional(
            "json",
            Type::Map(&Type::Any),
            "Values in the JSON of the body, each by its JSON pointer: `/status: ok`.",
        ),
    ]),
    "What is asked of the answer.",
);

/// The outputs of a step that was answered by HTTP.
pub(super) const ANSWER_OUTPUTS: &[Output] = &[
    Output::new("status", Type::Integer(100, 599), "The status of the last answer."),
    Output::new(
        "body",
        Type::Any,
        "The body of the last answer: its value where it is JSON, else its text.",
    ),
];

/// When a question to people is closed.
pub(super) const EXPIRES: Param = Param::required(
    "expires",
    Type::Duration,
    "How long the question stays open, by the clock on the wall.",
)
.filled();

/// Actions on single replicas: they have a restore session, and no way back.
pub(super) const REPLICA_FAILOVER: Decl = Decl {
    on_warning: Some(OnWarning::Fail),
    proof: "The restore session that the task links to stops with success; that the replica \
            serves, only a check below this step can prove.",
    investigate: "The tasks of the logon session in which it was sent; then the restore sessions \
                  of the machine that are newer than the request, after a collection of data.",
    ..Decl::ACTION
};

/// Restores of whole objects to where they were.
pub(super) const RESTORE: Decl = Decl {
    effect: Some(Effect::Irreversible),
    outputs: POINT_OUTPUTS,
    proof: "The restore session that the task links to stops with success; that the machines \
            serve, only a check below this step can prove.",
    ..REPLICA_FAILOVER
};

/// Actions that set a job going.
pub(super) const JOB_RUN: Decl = Decl {
    params: &[JOB],
    outputs: SESSION_OUTPUTS,
    on_warning: Some(OnWarning::Accept),
    proof: "A session of the job that began after the request stops, with success or with a \
            warning.",
    investigate: "The tasks of the logon session in which it was sent; then the sessions of the \
                  job that are newer than the request, after a collection of data.",
    ..Decl::ACTION
};

/// Switches of the schedule of a job.
pub(super) const JOB_SWITCH: Decl = Decl {
    params: &[JOB],
    outputs: CHANGED_OUTPUTS,
    sees_to_its_end: true,
    proof: "`ScheduleEnabled` of the job, read again after EM's task.",
    investigate: "The job is read again: EM shows whether its schedule is enabled.",
    more: "Jobs of all sorts are taken alike: backup, replica, copy, NAS and agent. EM has only \
           a call that *toggles*: sent to a job that already is as wished, it would do the \
           opposite. So the step reads the job first, sends nothing where there is nothing to \
           change (`changed: false`), and reads it again afterwards.\n\nOnly the schedule is \
           switched. What runs already goes on: see `stop-job`. The account must be a Portal \
           Administrator.",
    ..Decl::ACTION
};

/// Switches of a CDP policy.
pub(super) const POLICY_SWITCH: Decl = Decl {
    params: &[Param::required(
        "policy",
        Type::Object(Thing::Policy),
        "The CDP policy, by name, UID or id. A name that EM has twice is refused.",
    )],
    outputs: CHANGED_OUTPUTS,
    sees_to_its_end: true,
    proof: "`ScheduleEnabled` of the policy, read again after EM's task.",
    investigate: "The policy is read again: EM shows whether it is enabled.",
    more: "The policy is read first; where it already is as wished, nothing is sent (`changed: \
           false`). EM offers only one of the two calls at a time, by the state of the policy, \
           and the step checks it.\n\nWhile a policy is disabled, its replicas fall behind: the \
           RPO grows. The account must be a Portal Administrator.",
    ..Decl::ACTION
};

/// Looks at what EM shows.
pub(super) const ASSERT: Decl = Decl {
    timeout: Some(Duration::from_mins(2)),
    proof: "What EM shows, held against what is asked.",
    investigate: "It is read again: a read changes nothing.",
    ..Decl::READ
};

/// Looks at the world, again and again until it is as it should be.
pub(super) const CHECK: Decl = Decl {
    timeout: Some(Duration::from_mins(10)),
    observes: true,
    investigate: "It is looked at again: a look changes nothing.",
    ..Decl::READ
};

/// Questions to people.
pub(super) const GATE: Decl = Decl {
    effect: Some(Effect::Gate),
    proof: "The decision in the journal, with who made it, when and why.",
    investigate: "The question stays open until it is answered or expires.",
    ..Decl::READ
};
