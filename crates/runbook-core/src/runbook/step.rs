//! One step as its author wrote it.

use std::time::Duration;

use super::Allow;
use crate::document::{Entry, Node};
use crate::step::{AnyStepType, Effect, OnWarning, Param, StepId, Type};
use crate::text::Span;

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// The place of its name.
    pub place: Span,
    /// The place of all that stands behind its name.
    pub body: Span,
    /// Whether it stands under `steps` or under `finally`.
    pub part: Part,
    /// Its kind; none where that was refused, so never in a checked runbook.
    pub uses: Option<&'static dyn AnyStepType>,
    /// What stands under `with`, expressions still open; none where the key is absent.
    pub with: Option<Node>,
    /// What stands under `needs`.
    pub needs: Vec<Need>,
    /// The steps that its expressions read, as they stand.
    pub reads: Vec<Need>,
    /// The expression under `when`.
    pub when: Option<Node>,
    /// How long it may work; none leaves that to the runbook, and then to its kind.
    pub timeout: Option<Duration>,
    /// How often it is tried again.
    pub retry: Option<Box<Retry>>,
    /// What follows when it failed; none leaves that to the runbook and the scenario.
    pub on_failure: Option<OnFailure>,
    /// What becomes of a warning; none leaves that to its kind.
    pub on_warning: Option<OnWarning>,
    /// The wait for its task.
    pub wait: Option<Box<Wait>>,
    /// What takes it back.
    pub undo: Option<Box<Undo>>,
    /// The steps whose undo is no longer owed once it has succeeded.
    pub resolves: Vec<Need>,
    /// The list for each item of which it runs.
    pub for_each: Option<Box<ForEach>>,
    /// What its author says that it does to the world.
    pub effect: Option<Effect>,
    /// The remarks that are accepted here.
    pub allow: Vec<Allow>,
    /// What it is for.
    pub description: Option<String>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Under `steps`.
    Steps,
    /// Under `finally`.
    Finally,
}

/// The name of another step, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The name.
    pub id: StepId,
    /// Where it stands.
    pub place: Span,
}

/// What follows a step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// Nothing new is started.
    Halt,
    /// What needs it goes on.
    Continue,
    /// What was done is taken back.
    Undo,
}

/// How often a read is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// The place of the key.
    pub place: Span,
    /// How often it is tried in all.
    pub attempts: u32,
    /// The pause before the second attempt.
    pub wait: Duration,
    /// How much longer each pause is than the last.
    pub factor: f64,
    /// The longest pause.
    pub max_wait: Duration,
}

/// The wait for the task that a step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The place of the key.
    pub place: Span,
    /// How long to wait.
    pub timeout: Duration,
    /// What to do when the time is over; none where the author does not say, which is to detach.
    pub on_timeout: Option<(OnTimeout, Span)>,
    /// How long to look for proof of a cancel; none leaves that to the kind.
    pub settle: Option<Duration>,
}

/// What to do when the time of a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// Ask EM to stop the task.
    Cancel,
    /// Leave it running.
    Detach,
}

/// What takes a step back.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The place of the key.
    pub place: Span,
    /// How.
    pub by: UndoBy,
}

/// How a step is taken back.
#[derive(Clone, Debug)]
pub enum UndoBy {
    /// By this step, which bears the id of the one it takes back.
    Step(Box<Step>),
    /// By nothing, and why.
    Impossible(String),
    /// What stands there was refused.
    Refused,
}

/// A step for each item of a list.
#[derive(Clone, Debug)]
pub struct ForEach {
    /// The place of the key.
    pub place: Span,
    /// The list, or an expression that gives one.
    pub list: Node,
    /// The name of an item in expressions.
    pub item: String,
    /// How many run at once; none for all.
    pub max_parallel: Option<u32>,
    /// The expression that names each item.
    pub key: Option<Node>,
}

impl Step {
    /// Returns what stands under a parameter.
    pub fn param(&self, name: &str) -> Option<&Node> {
        self.with_entry(name).map(|entry| &entry.value)
    }

    /// Returns a parameter with its key.
    pub fn with_entry(&self, name: &str) -> Option<&Entry> {
        self.with.as_ref()?.entry(name)
    }

    /// Returns the parameters that name another step, with the name. A value that is no name of
    /// a step has been refused before and is left out.
    pub fn named_steps(&self) -> impl Iterator<Item = (&'static Param, Need)> {
        let params = self.uses.map_or(&[][..], |uses| uses.decl().params);
        params.iter().filter_map(|param| {
            if !matches!(param.is, Type::Step | Type::WatchedStep) {
                return None;
            }
            let node = self.param(param.name)?;
            let id = StepId::parse(node.text()?).ok()?;
            Some((param, Need { id, place: node.span() }))
        })
    }

    /// Returns the names under parameters that take a step or else an object of EM, where the
    /// name could be that of a step. Whether there is such a step is not known here.
    pub fn perhaps_steps(&self) -> impl Iterator<Item = (&'static Param, Need)> {
        let params = self.uses.map_or(&[][..], |uses| uses.decl().params);
        params.iter().filter_map(|param| {
            let node = self.param(param.name).filter(|_| matches!(param.is, Type::StepOr(_)))?;
            let id = StepId::parse(node.text()?).ok()?;
            Some((param, Need { id, place: node.span() }))
        })
    }

    /// Returns the word under `uses`; an empty one where that was refused.
    pub fn kind(&self) -> &'static str {
        self.uses.map_or("", |uses| uses.decl().kind)
    }

    /// Returns what it does to the world: what its kind says, else its author; what nobody says
    /// is taken for a change.
    pub fn effect(&self) -> Effect {
        let by_kind = self.uses.and_then(|uses| uses.decl().effect);
        by_kind.or(self.effect).unwrap_or(Effect::Write)
    }

    /// Tells whether its success shows that the actions above it have worked.
    pub fn observes(&self) -> bool {
        self.uses.is_some_and(|uses| {
            let decl = uses.decl();
            decl.observes || (decl.effect.is_none() && self.effect == Some(Effect::Read))
        })
    }

    /// Returns the step that takes it back.
    pub fn undo_step(&self) -> Option<&Self> {
        match &self.undo.as_deref()?.by {
            UndoBy::Step(step) => Some(step),
            UndoBy::Impossible(_) | UndoBy::Refused => None,
        }
    }
}
