//! The types of parameters, inputs and outputs.

use serde::{Deserialize, Serialize};

use super::Param;

/// What may stand somewhere, or come from somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any value.
    Any,
    /// Text.
    String,
    /// An object of EM: its name, its UID or its id. Never blank.
    Object(Thing),
    /// A whole number within bounds, both included.
    Integer(i64, i64),
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A length of time with a unit: `90s`, `15m`.
    Duration,
    /// An instant: RFC 3339 with an offset.
    Timestamp,
    /// A host and a port: `db01.example.org:1433`.
    Address,
    /// An address of the web: `https://erp.example.org/health`.
    Url,
    /// The id of another step, which thereby is needed.
    Step,
    /// The id of a step, or a list of such ids.
    Steps,
    /// The id of a wait; satisfied once that step has ended, however it ended.
    WatchedStep,
    /// The id of a step, or else an object of EM.
    StepOr(Thing),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An instant, or one of these words.
    TimestampOr(&'static [&'static str]),
    /// A list; an empty one where `least` is 0.
    List {
        /// What its items are.
        of: &'static Self,
        /// The fewest items.
        least: usize,
    },
    /// Names of the author's own, each with a value.
    Map(&'static Self),
    /// A mapping with these keys and no others.
    Fields(&'static [Param]),
}

impl Type {
    /// Any whole number.
    pub const INTEGER: Self = Self::Integer(i64::MIN, i64::MAX);

    /// A number of things: zero or more.
    pub const COUNT: Self = Self::Integer(0, i64::MAX);

    /// A list of texts.
    pub const TEXTS: Self = Self::List { of: &Self::String, least: 0 };

    /// A list of at least one text.
    pub const SOME_TEXTS: Self = Self::List { of: &Self::String, least: 1 };

    /// Returns the name of the type for people.
    pub fn name(self) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::String => "string".to_owned(),
            Self::Object(thing) => format!("{}: name, UID or id", thing.name()),
            Self::Integer(least, i64::MAX) if least > i64::MIN => format!("integer from {least}"),
            Self::Integer(i64::MIN, _) => "integer".to_owned(),
            Self::Integer(least, most) => format!("integer from {least} to {most}"),
            Self::Number => "number".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Address => "host:port".to_owned(),
            Self::Url => "URL".to_owned(),
            Self::Step => "step".to_owned(),
            Self::Steps => "step, or list of steps".to_owned(),
            Self::WatchedStep => "step that waits".to_owned(),
            Self::StepOr(thing) => format!("step, or {}: name, UID or id", thing.name()),
            Self::OneOf(words) if words.len() > 7 => format!("one of {}", words.join(", ")),
            Self::OneOf(words) => words.join(" or "),
            Self::TimestampOr(words) => format!("{} or a timestamp", words.join(", ")),
            Self::List { of, .. } => format!("list of {}", of.name()),
            Self::Map(of) => format!("mapping of names to {}", of.name()),
            Self::Fields(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name).collect();
                format!("mapping of {}", names.join(", "))
            }
        }
    }

    /// Tells whether the value is one thing that can stand inside a text.
    pub const fn is_scalar(self) -> bool {
        !matches!(
            self,
            Self::Any | Self::Steps | Self::List { .. } | Self::Map(_) | Self::Fields(_)
        )
    }
}

/// What EM has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    /// A failover plan.
    Plan,
    /// A machine.
    Machine,
    /// A vApp of Cloud Director.
    Vapp,
    /// A replica of a CDP policy.
    Replica,
    /// A job, whatever it backs up.
    Job,
    /// A CDP policy.
    Policy,
    /// A backup, replica or restore session.
    Session,
    /// A backup server.
    Server,
}

impl Thing {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Machine => "machine",
            Self::Vapp => "vApp",
            Self::Replica => "replica",
            Self::Job => "job",
            Self::Policy => "policy",
            Self::Session => "session",
            Self::Server => "server",
        }
    }
}

/// Something of the real world that a step changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Touch {
    /// What it is.
    pub kind: Thing,
    /// Its name, UID or id, as the runbook gives it.
    pub name: String,
}
