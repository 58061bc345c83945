//! A runbook as its author wrote it: typed steps, places kept. Knows no other step than the one
//! it reads, so it cannot say whether a need exists.

mod fields;
mod misfit;
mod names;
mod parameters;
mod read;
mod steps;

use std::time::Duration;

use indexmap::IndexMap;

use crate::document::{Node, Value};
use crate::step::{AnyStepType, Param, StepId, Type};
use crate::text::{Source, Span};

pub(crate) use misfit::misfit;
pub(crate) use names::error_at;
pub(crate) use parameters::evaluated;

/// What a runbook says.
///
/// Where the text had mistakes, this is what could be read of it.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// The text it was read from.
    pub source: Source,
    /// Its name, in kebab-case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// What must be given before it can be planned, in the order of the file.
    pub inputs: IndexMap<String, Input>,
    /// The place of the key `inputs`, or of the start of the text where there is none.
    pub inputs_place: Span,
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
}

/// A value that is given to a runbook.
#[derive(Clone, Debug)]
pub struct Input {
    /// The place of its name.
    pub place: Span,
    /// Its type; none where that was refused.
    pub is: Option<Type>,
    /// What it is where nothing is given.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<String>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// The place of its name.
    pub place: Span,
    /// Its kind; none where that was refused, so never in a checked runbook.
    pub uses: Option<&'static dyn AnyStepType>,
    /// What stands under `with`, expressions still open; none where the key is absent.
    pub with: Option<Node>,
    /// What stands under `needs`.
    pub needs: Vec<Need>,
    /// How long it may work; none leaves that to its kind.
    pub timeout: Option<Duration>,
    /// What it is for.
    pub description: Option<String>,
}

/// The name of another step, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The name.
    pub id: StepId,
    /// Where it stands.
    pub place: Span,
}

impl Step {
    /// Returns what stands under a parameter.
    pub fn param(&self, name: &str) -> Option<&Node> {
        self.with.as_ref()?.entry(name).map(|entry| &entry.value)
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
}
