//! From a checked runbook and given inputs to a plan.

use indexmap::IndexMap;

use super::evaluate::Known;
use super::expand::Expander;
use super::saved::mark_watched;
use super::{AcceptedRemark, Inputs, Plan, lacks, places};
use crate::check::Checked;
use crate::digest::sha256;
use crate::document::Value;
use crate::graph::Graph;
use crate::problem::{Problems, View};
use crate::runbook::Runbook;

impl Plan {
    /// Makes the plan: fills the inputs in, evaluates every expression, and asks each kind
    /// whether it takes what came out.
    ///
    /// # Errors
    /// Problems with what is given (an input missing, unknown or of another type) and with what
    /// the expressions give. The remarks of the check come along.
    ///
    /// # Example
    /// ```
    /// use runbook_core::plan::{Inputs, Plan};
    /// use runbook_core::{check, document::Document, graph::Graph};
    /// use runbook_core::{problem::Problems, runbook::Runbook, text::Source};
    ///
    /// let text = "
    /// runbook: v1
    /// name: rest
    /// inputs: { long: { type: string } }
    /// steps:
    ///   pause: { uses: sleep, with: { for: \"${{ inputs.long }}\" } }
    /// ";
    /// let mut problems = Problems::default();
    /// let document = Document::parse(&Source::new("rest.yaml", text), &mut problems);
    /// let runbook = Runbook::read(&document, &mut problems);
    /// let graph = Graph::build(&runbook, &mut problems);
    /// let checked = check::all(runbook, graph, problems).expect("no errors");
    ///
    /// let mut inputs = Inputs::default();
    /// inputs.text("long", "10s");
    /// let plan = Plan::make(&checked, inputs).expect("a plan");
    /// assert_eq!(plan.steps()[0].with["for"], "10s");
    /// assert_eq!(Plan::load(&plan.save()).expect("it was saved"), plan);
    /// ```
    pub fn make(checked: &Checked, inputs: Inputs) -> Result<Self, Problems> {
        let (runbook, mut problems) = (checked.runbook(), checked.remarks().clone());
        let scenario = inputs.chosen(runbook, &mut problems);
        let inputs = inputs.fill_in(runbook, &mut problems);
        if problems.has_errors() {
            return Err(problems);
        }
        let known = Known::new(runbook, &inputs, &scenario);
        let mut unsupported = lacks::of_runbook(runbook, runbook.scenarios.get(&scenario));
        unsupported.extend(lacks::of_inner(checked));
        let expanded = Expander::new(checked, known, &scenario).expand(&mut problems);
        if problems.has_errors() {
            return Err(problems);
        }
        if expanded.has_open_locks {
            unsupported.push("a lock whose name is known in the run only".to_owned());
        }
        let mut steps = expanded.steps;
        let graph = Graph::of(steps.len(), expanded.edges)
            .expect("invariant: a graph without circles is expanded into one without circles");
        mark_watched(&mut steps, &graph);
        let accepted = checked.accepted().iter().map(|accepted| AcceptedRemark {
            code: accepted.code.name().to_owned(),
            message: accepted.message.clone(),
            reason: accepted.reason.clone(),
            line: runbook.source.position(accepted.place.start).line,
        });
        Ok(Self {
            runbook_digest: sha256(runbook.source.text().as_bytes()),
            source_name: runbook.source.name().to_owned(),
            remarks: View::all(&runbook.source, &problems),
            accepted: accepted.collect(),
            unsupported,
            locks: expanded.locks.into_iter().collect(),
            scenario,
            inputs: shown(runbook, inputs),
            name: runbook.name.clone(),
            description: runbook.description.clone(),
            owners: runbook.owners.clone(),
            objectives: runbook.objectives,
            poll: runbook.defaults.poll,
            places: places(&steps),
            steps,
            graph,
        })
    }
}

/// Leaves the values of sensitive inputs out: a plan is kept and shown.
fn shown(runbook: &Runbook, mut inputs: IndexMap<String, Value>) -> IndexMap<String, Value> {
    inputs.retain(|name, _| !runbook.inputs.get(name).is_some_and(|input| input.sensitive));
    inputs
}
