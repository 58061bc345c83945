//! What an expression can name, and where.

use std::ops::Range;

use super::super::View;
use crate::document::Kind;
use crate::expression::{self, Error, Found, Names, Ty};
use crate::problem::Code;
use crate::runbook::{CANCEL, InputType, OnFailure, Part, RUN_RUNBOOK, Step};
use crate::text::{cut, nearest_of_few};

/// The first words of expressions.
const ROOTS: &[&str] = &["inputs", "secrets", "steps", "scenario", "objectives", "run", "item"];

/// The outputs that a step has however it ended.
const ALWAYS: &[&str] = &["result", "message", "ended", "at"];

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In what is known before the first step.
    Before,
    /// In this step.
    Step(usize),
    /// In what takes this step back.
    Undo(usize),
    /// In what the runbook gives to others.
    Outputs,
}

/// What can be named at a place.
pub(super) struct Known<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) place: Place,
    /// The name of an item and what it is.
    pub(super) item: Option<(&'a str, Ty)>,
}

impl Names for Known<'_> {
    fn look_up(&self, path: &[&str], at: Range<usize>, guarded: bool) -> Result<Found, Error> {
        let (root, second) = (path[0], path.get(1).copied());
        if let Some((item, ty)) = &self.item
            && *item == root
        {
            return Ok(Found { ty: ty.clone(), words: 1 });
        }
        match (root, second) {
            ("scenario", _) => Ok(Found { ty: self.scenario(), words: 1 }),
            ("inputs", Some(name)) => self.input(name, at),
            ("secrets", Some(name)) => self.secret(name, at),
            ("objectives", Some(name)) => self.objective(name, at),
            ("run", Some(name)) => self.run(name, at),
            ("steps", Some(id)) => self.step(id, path.get(2).copied(), at, guarded),
            ("inputs" | "secrets" | "objectives" | "run" | "steps", None) => Err(Error::new(
                Code::ExpressionUnknownName,
                at,
                format!("`{root}` alone is no value"),
                format!("write `{root}.NAME`"),
            )),
            _ => Err(self.unknown(root, at)),
        }
    }
}

impl Known<'_> {
    fn unknown(&self, root: &str, at: Range<usize>) -> Error {
        let runbook = self.view.runbook;
        let message = format!("an expression cannot name `{}` here", cut(root));
        let help = if root == "item" {
            "an item is known in a step with `for-each`, under the name that `as` gives it"
                .to_owned()
        } else if matches!(root, "yes" | "on" | "True" | "TRUE") {
            "write `true`".to_owned()
        } else if matches!(root, "no" | "off" | "False" | "FALSE") {
            "write `false`".to_owned()
        } else if runbook.inputs.contains_key(root) {
            format!("write `inputs.{root}`")
        } else if self.view.find(root).is_some() {
            format!("write `steps.{root}.OUTPUT`")
        } else if let Some(near) = nearest_of_few(root, ROOTS.iter().copied()) {
            format!("did you mean `{near}`?")
        } else {
            "an expression can name inputs (`inputs.NAME`) and outputs (`steps.ID.OUTPUT`); a \
             text stands in quotes"
                .to_owned()
        };
        Error::new(Code::ExpressionUnknownName, at, message, help)
    }

    fn scenario(&self) -> Ty {
        let names: Vec<_> = self.view.runbook.scenarios.keys().cloned().collect();
        Ty::Word(if names.is_empty() { vec!["default".to_owned()] } else { names })
    }

    fn input(&self, name: &str, at: Range<usize>) -> Result<Found, Error> {
        let inputs = &self.view.runbook.inputs;
        let Some(input) = inputs.get(name) else {
            let message = format!("this runbook has no input `{}`", cut(name));
            let help = match nearest_of_few(name, inputs.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `inputs.{near}`?"),
                None => format!("declare it: `inputs: {{ {}: {{ type: string }} }}`", cut(name)),
            };
            return Err(Error::new(Code::ExpressionUnknownInput, at, message, help));
        };
        let choices = || input.choices.iter().filter_map(|choice| choice.as_str());
        let ty = match input.is {
            Some(InputType::String) if !input.choices.is_empty() => {
                Ty::Word(choices().map(str::to_owned).collect())
            }
            Some(is) => Ty::of(is.is()),
            None => Ty::Any,
        };
        let may_be_absent = input.optional && input.default.is_none();
        let ty = if may_be_absent { Ty::Maybe(Box::new(ty)) } else { ty };
        Ok(Found { ty, words: 2 })
    }

    fn secret(&self, name: &str, at: Range<usize>) -> Result<Found, Error> {
        let secrets = &self.view.runbook.secrets;
        if secrets.contains_key(name) {
            return Ok(Found { ty: Ty::Secret, words: 2 });
        }
        let message = format!("this runbook has no secret `{}`", cut(name));
        let help = match nearest_of_few(name, secrets.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `secrets.{near}`?"),
            None => {
                format!("declare it: `secrets: {{ {}: {{ env: RUNBOOK_SECRET_… }} }}`", cut(name))
            }
        };
        Err(Error::new(Code::SecretUnknown, at, message, help))
    }

    fn objective(&self, name: &str, at: Range<usize>) -> Result<Found, Error> {
        let objectives = &self.view.runbook.objectives;
        let (set, help) = match name {
            "rto" => (objectives.rto, "declare it: `objectives: { rto: 45m }`"),
            "rpo" => (objectives.rpo, "declare it: `objectives: { rpo: 30m }`"),
            _ => (None, "the objectives are `rto` and `rpo`"),
        };
        if set.is_some() {
            return Ok(Found { ty: Ty::Duration, words: 2 });
        }
        let message = format!("this runbook has no objective `{}`", cut(name));
        Err(Error::new(Code::ExpressionUnknownName, at, message, help))
    }

    fn run(&self, name: &str, at: Range<usize>) -> Result<Found, Error> {
        let ty = match name {
            "id" | "name" | "verdict" | "summary" => Ty::Text,
            "started" => Ty::Timestamp,
            "elapsed" => Ty::Duration,
            _ => {
                let message = format!("a run has no `{}`", cut(name));
                let help = "a run has `id`, `name` and `started`, and once it is over `elapsed`, `verdict` and `summary`";
                return Err(Error::new(Code::ExpressionUnknownName, at, message, help));
            }
        };
        let over = match self.place {
            Place::Outputs => true,
            Place::Step(step) | Place::Undo(step) => {
                self.view.runbook.steps[step].part == Part::Finally
            }
            Place::Before => false,
        };
        if matches!(name, "elapsed" | "verdict" | "summary") && !over {
            let message = format!("`run.{name}` is known when the run is over");
            let help = "use it under `finally` or `outputs`";
            return Err(Error::new(Code::ExpressionTooEarly, at, message, help));
        }
        Ok(Found { ty, words: 2 })
    }

    fn step(
        &self,
        id: &str,
        output: Option<&str>,
        at: Range<usize>,
        guarded: bool,
    ) -> Result<Found, Error> {
        if self.place == Place::Before {
            let message = format!("no step has run where `steps.{}` would be read", cut(id));
            let help = "use inputs here, such as `inputs.plan`";
            return Err(Error::new(Code::ExpressionTooEarly, at, message, help));
        }
        let anything = Ok(Found { ty: Ty::Any, words: 3 });
        let Some((place, step)) = self.view.find(id) else {
            // Those of steps are reported as needs.
            if self.place == Place::Outputs {
                return Err(self.unknown_step(id, at));
            }
            return anything;
        };
        let Some(output) = output else {
            let message = format!("`steps.{id}` alone is no value");
            let help = format!("name an output: {}", outputs_of(step));
            return Err(Error::new(Code::ExpressionUnknownName, at, message, help));
        };
        if step.uses.is_none() {
            return anything;
        }
        if step.for_each.is_some() && output != "result" {
            let message = format!(
                "step `{id}` runs for each item of a list, so it has no one `{}`",
                cut(output)
            );
            let help =
                format!("read `steps.{id}.result`, or look at one machine in a step of its own");
            let mut error = Error::new(Code::ExpressionOfMany, at, message, help);
            error.also =
                step.for_each.as_ref().map(|each| (each.place, "for each item".to_owned()));
            return Err(error);
        }
        let inner = self.view.inner.get(&place).map(|inner| inner.runbook());
        if let Some(inner) = inner
            && !inner.outputs.contains_key(output)
            && !crate::step::COMMON_OUTPUTS.iter().any(|common| common.name == output)
        {
            let message = format!("`{}` has no output `{}`", cut(&inner.name), cut(output));
            let help = match nearest_of_few(output, inner.outputs.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `steps.{id}.{near}`?"),
                None => "declare it there, under `outputs`".to_owned(),
            };
            return Err(Error::new(Code::ExpressionUnknownOutput, at, message, help));
        }
        let Some(ty) = output_type(step, output) else {
            let message = format!("`{}` has no output `{}`", step.kind(), cut(output));
            let help = match nearest_of_few(output, names_of(step).iter().map(String::as_str)) {
                Some(near) => format!("did you mean `steps.{id}.{near}`?"),
                None => format!("it has {}", outputs_of(step)),
            };
            return Err(Error::new(Code::ExpressionUnknownOutput, at, message, help));
        };
        let own = matches!(self.place, Place::Undo(undone) if undone == place);
        if !guarded && !own && self.place != Place::Outputs && !ALWAYS.contains(&output) {
            self.missing(step, output, at)?;
        }
        Ok(Found { ty, words: 3 })
    }

    /// Refuses an output of a step that may satisfy a need without having succeeded.
    fn missing(&self, step: &Step, output: &str, at: Range<usize>) -> Result<(), Error> {
        let finally = matches!(self.place, Place::Step(reader)
            if self.view.runbook.steps[reader].part == Part::Finally && step.part == Part::Steps);
        let (why, place) = if let Some(when) = &step.when {
            ("it may be skipped", when.span())
        } else if step.kind() == CANCEL {
            ("it is skipped where nothing timed out", step.place)
        } else if self.view.runbook.on_failure(step) == Some(OnFailure::Continue) {
            ("what needs it goes on when it failed", step.place)
        } else if finally {
            ("what stands under `finally` runs however the steps ended", step.place)
        } else {
            return Ok(());
        };
        let id = &step.id;
        let message = format!("`steps.{id}.{output}` may not be there: {why}");
        let help = format!("write what to use then: `steps.{id}.{output} | default(…)`");
        let mut error = Error::new(Code::ExpressionMayBeMissing, at, message, help);
        error.also = Some((place, why.to_owned()));
        Err(error)
    }

    fn unknown_step(&self, id: &str, at: Range<usize>) -> Error {
        let message = format!("this runbook has no step `{}`", cut(id));
        let ids = self.view.runbook.steps.iter().map(|step| step.id.as_str());
        let help = match nearest_of_few(id, ids) {
            Some(near) => format!("did you mean `steps.{near}`?"),
            None => "name a step of this runbook".to_owned(),
        };
        Error::new(Code::NeedsUnknown, at, message, help)
    }
}

fn output_type(step: &Step, name: &str) -> Option<Ty> {
    if (step.kind(), name) == ("decide", "choice") {
        return Some(options(step));
    }
    let declared = step.declarations().find_map(|decl| decl.output(name));
    declared.map(|output| Ty::of(output.is)).or_else(|| authors_own(step, name))
}

/// Returns the type of an output that the author of a `command` has declared, or that another
/// runbook gives.
fn authors_own(step: &Step, name: &str) -> Option<Ty> {
    if step.kind() == RUN_RUNBOOK {
        return Some(Ty::Any);
    }
    let declared = step.param("outputs")?.entry(name)?;
    let Kind::Map(_) = declared.value.kind() else { return Some(Ty::Any) };
    let word = declared.value.entry("type").and_then(|entry| entry.value.text());
    let is = InputType::ALL.iter().find(|(other, _)| Some(*other) == word);
    Some(is.map_or(Ty::Any, |(_, is)| Ty::of(is.is())))
}

/// Returns the words that people can choose in a `decide`.
fn options(step: &Step) -> Ty {
    let options = step.param("options").map_or(&[][..], |options| options.items());
    let words: Option<Vec<_>> = options.iter().map(|option| option.text()).collect();
    match words {
        Some(words) if !words.iter().any(|word| expression::is_in(word)) => {
            Ty::Word(words.into_iter().map(str::to_owned).collect())
        }
        _ => Ty::Text,
    }
}

fn names_of(step: &Step) -> Vec<String> {
    let declared = step.declarations().flat_map(|decl| decl.outputs);
    let mut names: Vec<_> = declared.map(|output| output.name.to_owned()).collect();
    let own = step.param("outputs").map_or(&[][..], |outputs| outputs.entries());
    names.extend(own.iter().map(|entry| entry.key.to_string()));
    names.extend(crate::step::COMMON_OUTPUTS.iter().map(|output| output.name.to_owned()));
    names.dedup();
    names
}

fn outputs_of(step: &Step) -> String {
    let names = names_of(step);
    names.iter().map(|name| format!("`{}`", cut(name))).collect::<Vec<_>>().join(", ")
}
