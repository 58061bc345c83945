//! The keys of the format: what may stand in a runbook, an input, a step and so on. Reading, the
//! messages and the schema are made from these tables.

use crate::step::{Param, Type};

/// The top level.
pub const RUNBOOK: &[Param] = &[
    Param::required("runbook", Type::OneOf(&["v1"]), "The version of the format: `v1`."),
    Param::required("name", Type::String, "Its name, in kebab-case."),
    Param::optional("description", Type::String, "What it is for."),
    Param::optional("owners", Type::TEXTS, "Who answers for it."),
    Param::optional("objectives", Type::Fields(OBJECTIVES), "What the recovery must keep to."),
    Param::optional("inputs", Type::Map(&Type::Fields(INPUT)), "What is given to each run."),
    Param::optional("secrets", Type::Map(&Type::Fields(SECRET)), "Where secrets come from."),
    Param::optional(
        "scenarios",
        Type::Map(&Type::Fields(SCENARIO)),
        "Ways to run it, one of which each run has.",
    ),
    Param::optional("default-scenario", Type::String, "The scenario where none is named."),
    Param::optional("defaults", Type::Fields(DEFAULTS), "What steps do that say nothing else."),
    Param::optional(
        "locks",
        Type::TEXTS,
        "Further keys to lock; the plans and machines that steps change are locked by themselves.",
    ),
    Param::optional("alerts", Type::Fields(ALERTS), "Whom to tell of what."),
    Param::required("steps", Type::Map(&Type::Any), "The steps by their ids."),
    Param::optional("finally", Type::Map(&Type::Any), "Steps that run whenever the run closes."),
    Param::optional("outputs", Type::Map(&Type::Any), "What the runbook gives to others."),
    ALLOW,
];

/// An input.
pub const INPUT: &[Param] = &[
    Param::required("type", Type::OneOf(INPUT_TYPES), "The type; a list holds strings."),
    Param::optional("default", Type::Any, "Its value where none is given."),
    Param::optional("optional", Type::Boolean, "Whether it may be absent: it is null then.")
        .or("false"),
    Param::optional("choices", Type::List { of: &Type::Any, least: 1 }, "The values it can have."),
    Param::optional("min", Type::Any, "The least value, or the fewest items of a list."),
    Param::optional("max", Type::Any, "The greatest value, or the most items of a list."),
    Param::optional(
        "pattern",
        Type::String,
        "A regular expression that the whole of the text must match.",
    ),
    Param::optional(
        "sensitive",
        Type::Boolean,
        "Whether it is kept out of plans and reports, and off the command line.",
    )
    .or("false"),
    Param::optional("description", Type::String, "What it is for."),
];

/// The types of inputs.
pub const INPUT_TYPES: &[&str] =
    &["string", "integer", "number", "boolean", "duration", "timestamp", "list"];

/// What the recovery must keep to.
pub const OBJECTIVES: &[Param] = &[
    Param::optional("rto", Type::Duration, "The longest that the service may be away."),
    Param::optional("rpo", Type::Duration, "The most that may be lost, as time."),
];

/// Where a secret comes from: one of the two.
pub const SECRET: &[Param] = &[
    Param::optional("env", Type::String, "A variable whose name starts with `RUNBOOK_SECRET_`."),
    Param::optional("file", Type::String, "A file in the folder that `--secrets` names."),
];

/// A scenario.
pub const SCENARIO: &[Param] = &[
    Param::optional(
        "on-failure",
        Type::OneOf(&["halt", "undo"]),
        "What follows a step that failed: stop there, or take back what was done.",
    )
    .or("halt"),
    Param::optional(
        "on-success",
        Type::OneOf(&["keep", "undo"]),
        "What follows success: keep what was done, or take it back.",
    )
    .or("keep"),
    Param::optional(
        "proof",
        Type::OneOf(&["reported", "required"]),
        "Whether a success that nothing proves is reported, or makes the run unknown.",
    )
    .or("reported"),
];

/// What steps do that say nothing else.
pub const DEFAULTS: &[Param] = &[
    Param::optional("timeout", Type::Duration, "How long a step may work."),
    Param::optional("poll", Type::Fields(POLL), "How often EM is asked for a task."),
    Param::optional("on-failure", ON_FAILURE, "What follows a step that failed."),
];

/// How often EM is asked.
pub const POLL: &[Param] = &[
    Param::optional("every", Type::Duration, "The first pause between two questions."),
    Param::optional("max", Type::Duration, "The longest pause."),
];

/// Whom to tell of what.
pub const ALERTS: &[Param] = &[
    Param::required(
        "on",
        Type::List { of: &Type::OneOf(ALERT_EVENTS), least: 1 },
        "The events that are told, once each.",
    ),
    Param::required("webhook", Type::String, "The address that is called.").takes_secrets(),
];

/// The events that can be told.
const ALERT_EVENTS: &[&str] = &["waiting", "unknown", "stuck", "interrupted", "closed"];

const ON_FAILURE: Type = Type::OneOf(&["halt", "continue", "undo"]);

const ALLOW: Param = Param::optional(
    "allow",
    Type::Map(&Type::String),
    "Remarks of `check` that are accepted here, each with its reason.",
);

const USES: Param = Param::required("uses", Type::String, "The kind of the step.");
const WITH: Param =
    Param::optional("with", Type::Map(&Type::Any), "The parameters that its kind takes.");
const TIMEOUT: Param = Param::optional("timeout", Type::Duration, "How long it may work.");
const WAIT_KEY: Param = Param::optional(
    "wait",
    Type::Fields(WAIT),
    "Waits for the task that the step makes; the step ends with it.",
);
const EFFECT: Param = Param::optional(
    "effect",
    Type::OneOf(&["read", "write", "irreversible"]),
    "What it does to the world; only where its kind leaves that to the author.",
);
const DESCRIPTION: Param = Param::optional("description", Type::String, "What it is for.");

/// A step.
pub const STEP: &[Param] = &[
    USES,
    WITH,
    Param::optional("needs", Type::Steps, "What must be done before."),
    Param::optional("when", Type::Any, "An expression; where it gives false, it is skipped."),
    TIMEOUT,
    Param::optional("retry", Type::Fields(RETRY), "How often a read is tried again."),
    Param::optional("on-failure", ON_FAILURE, "What follows when it failed."),
    Param::optional(
        "on-warning",
        Type::OneOf(&["accept", "fail"]),
        "What becomes of a session that ends with a warning.",
    ),
    WAIT_KEY,
    Param::optional("undo", Type::Any, "The step that takes it back, or `{ impossible: why }`."),
    Param::optional(
        "resolves",
        Type::Steps,
        "Steps whose `undo` is no longer owed once this one has succeeded.",
    ),
    Param::optional(
        "for-each",
        Type::Any,
        "A list, for each item of which the step runs, or a mapping with `in`.",
    ),
    EFFECT,
    ALLOW,
    DESCRIPTION,
];

/// The step under `undo`.
pub const UNDO: &[Param] = &[USES, WITH, TIMEOUT, WAIT_KEY, EFFECT, DESCRIPTION];

/// What stands under `undo` where nothing takes the step back.
pub const IMPOSSIBLE: &[Param] =
    &[Param::required("impossible", Type::String, "Why nothing takes it back.")];

/// How often a read is tried again.
pub const RETRY: &[Param] = &[
    Param::required("attempts", Type::Integer(1, 1000), "How often it is tried in all."),
    Param::optional("wait", Type::Duration, "The pause before the second attempt.").or("5s"),
    Param::optional("factor", Type::Number, "What each pause is longer than the last by.").or("1"),
    Param::optional("max-wait", Type::Duration, "The longest pause.").or("5m"),
];

/// The wait for the task of a step.
pub const WAIT: &[Param] = &[
    Param::optional("timeout", Type::Duration, "How long to wait.").or("30m"),
    Param::optional(
        "on-timeout",
        Type::OneOf(&["cancel", "detach"]),
        "When the time is over: ask EM to stop the task, or leave it running.",
    )
    .or("detach"),
    Param::optional("settle", Type::Duration, "How long to look for proof of a cancel.").or("2m"),
];

/// A step for each item of a list.
pub const FOR_EACH: &[Param] = &[
    Param::required("in", Type::Any, "The list, or an expression that gives one."),
    Param::optional("as", Type::String, "The name of an item in expressions.").or("item"),
    Param::optional(
        "max-parallel",
        Type::Integer(1, i64::MAX),
        "How many run at once; all where it is absent.",
    ),
    Param::optional(
        "key",
        Type::String,
        "An expression that names each item; needed where items are no texts.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice_in_a_table() {
        let tables = [
            RUNBOOK, INPUT, OBJECTIVES, SECRET, SCENARIO, DEFAULTS, POLL, ALERTS, STEP, UNDO,
            RETRY, WAIT, FOR_EACH,
        ];
        for table in tables {
            let mut names: Vec<_> = table.iter().map(|param| param.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.len());
        }
    }
}
