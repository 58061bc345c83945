//! What a step type says of itself. `explain`, the checks and the pages are made from it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a step does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Looks, or waits.
    Read,
    /// Changes something that another step may take back.
    Write,
    /// Changes something for good.
    Irreversible,
    /// Asks people.
    Gate,
}

impl Effect {
    /// Returns the word for it in runbooks and plans.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Irreversible => "irreversible",
            Self::Gate => "gate",
        }
    }
}

/// Whether the same call twice does more than the call once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It may be repeated freely.
    Harmless,
    /// It may not: only proof that the first one did nothing allows a second.
    Harmful,
}

/// The type of a parameter or an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    String,
    /// An object of EM: its name, its UID or its id. Never blank.
    Object,
    /// A length of time with a unit: `90s`, `15m`.
    Duration,
    /// An instant: RFC 3339 with an offset.
    Timestamp,
    /// `true` or `false`.
    Boolean,
    /// The id of another step, which thereby is needed.
    Step,
    /// The id of a wait; satisfied once that step has ended, however it ended.
    WatchedStep,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl ParamType {
    /// Returns the name of the type for people.
    pub fn name(self) -> String {
        match self {
            Self::String => "string".to_owned(),
            Self::Object => "name, UID or id".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Step => "step".to_owned(),
            Self::WatchedStep => "step that waits".to_owned(),
            Self::OneOf(words) => words.join(" or "),
        }
    }
}

/// One key under `with:`.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The key.
    pub name: &'static str,
    /// What may stand there.
    pub is: ParamType,
    /// Whether a step without it is refused.
    pub required: bool,
    /// What holds where it is absent, as it would be written.
    pub default: Option<&'static str>,
    /// One sentence for people.
    pub about: &'static str,
}

/// One value that later steps and reports can read.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Its name in expressions.
    pub name: &'static str,
    /// Its type.
    pub is: ParamType,
    /// One sentence for people.
    pub about: &'static str,
}

/// The declaration of a step type.
#[derive(Debug)]
pub struct Decl {
    /// The word under `uses:`.
    pub kind: &'static str,
    /// One sentence: what a step of this type does.
    pub summary: &'static str,
    /// Its keys under `with:`.
    pub params: &'static [Param],
    /// Its outputs, beside `result`, `started`, `ended` and `message`, which every step has.
    pub outputs: &'static [Output],
    /// What it does to the world.
    pub effect: Effect,
    /// Whether a repeated call is harmless.
    pub repeat: Repeat,
    /// How long it may work where the step has no `timeout`; none for what ends by itself.
    pub timeout: Option<Duration>,
    /// The kind that takes it back, for advice.
    pub undone_by: Option<&'static str>,
    /// What proves its outcome.
    pub proof: &'static str,
    /// How an unproven outcome is investigated.
    pub investigate: &'static str,
    /// What else a person should know: paragraphs of Markdown.
    pub more: &'static str,
    /// A runbook that uses it and passes `check`.
    pub example: &'static str,
}

/// Something of the real world that a step works on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum Touch {
    /// A failover plan, by the name, UID or id in the runbook.
    Plan(String),
    /// A machine.
    Machine(String),
    /// A job.
    Job(String),
}
