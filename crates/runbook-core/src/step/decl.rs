//! What a step type says of itself. `explain`, the checks, the schema and the pages are made
//! from it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Touch, Type};
use crate::document::{Node, Value};
use crate::problem::Problems;

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

    /// Tells whether it changes the world.
    pub const fn acts(self) -> bool {
        matches!(self, Self::Write | Self::Irreversible)
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

/// What becomes of a session that ends with a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnWarning {
    /// The step counts as done.
    Accept,
    /// The step has failed: machines may have been left behind.
    Fail,
}

/// One key under `with:`, or of a mapping there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// The key.
    pub name: &'static str,
    /// What may stand there.
    pub is: Type,
    /// Whether a step without it is refused.
    pub required: bool,
    /// What holds where it is absent, as it would be written.
    pub default: Option<&'static str>,
    /// Whether a secret may stand there: it leaves the process on a protected way and is not
    /// kept.
    pub secret: bool,
    /// Whether an empty text and no time at all are refused: they would ask for nothing.
    pub filled: bool,
    /// One sentence for people.
    pub about: &'static str,
}

impl Param {
    /// Makes a key that must be there.
    pub const fn required(name: &'static str, is: Type, about: &'static str) -> Self {
        Self { name, is, required: true, default: None, secret: false, filled: false, about }
    }

    /// Makes a key that may be absent, without anything that holds then.
    pub const fn optional(name: &'static str, is: Type, about: &'static str) -> Self {
        Self { name, is, required: false, default: None, secret: false, filled: false, about }
    }

    /// Says what holds where it is absent.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Refuses an empty text, and no time at all.
    #[must_use]
    pub const fn filled(mut self) -> Self {
        self.filled = true;
        self
    }

    /// Lets secrets stand there.
    #[must_use]
    pub const fn takes_secrets(mut self) -> Self {
        self.secret = true;
        self
    }
}

/// One value that later steps and reports can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name in expressions.
    pub name: &'static str,
    /// Its type.
    pub is: Type,
    /// One sentence for people.
    pub about: &'static str,
}

impl Output {
    /// Makes an output.
    pub const fn new(name: &'static str, is: Type, about: &'static str) -> Self {
        Self { name, is, about }
    }
}

/// The outputs of every step.
pub const COMMON_OUTPUTS: &[Output] = &[
    Output::new("result", Type::OneOf(RESULTS), "How it ended."),
    Output::new("started", Type::Timestamp, "When it began."),
    Output::new("ended", Type::Timestamp, "When it ended."),
    Output::new("elapsed", Type::Duration, "How long it took."),
    Output::new("at", Type::Duration, "From the start of the run to its end."),
    Output::new("message", Type::String, "What it said when it ended."),
];

/// The words that `result` can be.
const RESULTS: &[&str] = &[
    "succeeded",
    "warned",
    "failed",
    "timed-out",
    "cancelled",
    "skipped",
    "blocked",
    "unknown",
    "undone",
];

/// What an action gives to later steps whose task links to no session of EM.
pub const TASK_OUTPUTS: &[Output] = &[TASK, OPERATION];

/// What an action gives to later steps whose task links to a session of EM.
pub const SESSION_OUTPUTS: &[Output] = &[TASK, OPERATION, SESSION];

/// The task of an action.
pub const TASK: Output = Output::new(
    "task",
    Type::String,
    "The task's name, `task-1`. It means something in its own logon session only.",
);

/// What an action is to EM.
pub const OPERATION: Output =
    Output::new("operation", Type::String, "What EM calls the operation.");

/// The session of an action.
pub const SESSION: Output =
    Output::new("session", Type::String, "The id of the session that the task links to.");

/// The declaration of a step type.
#[derive(Debug)]
pub struct Decl {
    /// The word under `uses:`.
    pub kind: &'static str,
    /// One sentence: what a step of this type does.
    pub summary: &'static str,
    /// Its keys under `with:`.
    pub params: &'static [Param],
    /// Its outputs, beside those of every step.
    pub outputs: &'static [Output],
    /// What it does to the world; none where the author must say it under `effect`.
    pub effect: Option<Effect>,
    /// Whether a repeated call is harmless.
    pub repeat: Repeat,
    /// How long it may work where the step has no `timeout`; none for what ends by itself.
    pub timeout: Option<Duration>,
    /// What becomes of a session that ends with a warning, where the author says nothing; none
    /// for a kind that sees no session.
    pub on_warning: Option<OnWarning>,
    /// Whether its success shows that the actions above it have worked: it looks at the world,
    /// and not at what EM says of its own work.
    pub observes: bool,
    /// Whether it ends only once what it asked EM for is done, so that no wait need follow its
    /// task.
    pub sees_to_its_end: bool,
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
    /// What the types of the parameters cannot say. It gets what stands under `with`, with
    /// expressions still open, and must not complain of those.
    pub check: fn(with: &Node, problems: &mut Problems),
}

impl Decl {
    /// What most kinds are, to be filled up: a read that ends by itself and says nothing.
    pub const READ: Self = Self {
        kind: "",
        summary: "",
        params: &[],
        outputs: &[],
        effect: Some(Effect::Read),
        repeat: Repeat::Harmless,
        timeout: None,
        on_warning: None,
        observes: false,
        sees_to_its_end: false,
        undone_by: None,
        proof: "",
        investigate: "",
        more: "",
        example: "",
        check: |_, _| {},
    };

    /// What actions are, to be filled up: one call that creates a task and is never repeated.
    pub const ACTION: Self = Self {
        effect: Some(Effect::Write),
        repeat: Repeat::Harmful,
        timeout: Some(Duration::from_mins(5)),
        ..Self::READ
    };

    /// Finds a parameter.
    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Finds an output, its own or one that every step has.
    pub fn output(&self, name: &str) -> Option<&'static Output> {
        self.outputs.iter().chain(COMMON_OUTPUTS).find(|output| output.name == name)
    }

    /// Tells whether EM makes a task for it that a wait can follow.
    pub fn makes_a_task(&self) -> bool {
        self.effect.is_some_and(Effect::acts)
            && self.outputs.iter().any(|output| output.name == "task")
    }

    /// Tells whether it only looks, and says what became of the action of another step.
    pub fn tells_an_outcome(&self) -> bool {
        let reads = self.effect == Some(Effect::Read);
        reads && self.outputs.iter().any(|output| output.name == "task")
    }

    /// Names what a step with these parameters changes, for locks and reviewers: every object of
    /// EM among them. Parameters whose expressions are still open stand as they are written.
    pub fn touches(&self, with: &Value) -> Vec<Touch> {
        if !self.effect.is_some_and(Effect::acts) {
            return Vec::new();
        }
        let objects = self.params.iter().filter_map(|param| match param.is {
            Type::Object(kind) => {
                let name = with.get(param.name)?.as_str()?.to_owned();
                Some(Touch { kind, name })
            }
            _ => None,
        });
        objects.collect()
    }
}
