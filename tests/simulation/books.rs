//! The runbooks that are simulated: those we ship, and those that press harder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use em_api::protocol::PlanId;
use em_sim::Action;
use runbook_core::check;
use runbook_core::document::Document;
use runbook_core::graph::Graph;
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::Problems;
use runbook_core::runbook::Runbook;
use runbook_core::step::StepId;
use runbook_core::text::Source;

/// A start, a wait, an undo and a wait, with a pause between them.
const THERE_AND_BACK: &str = "
runbook: v1
name: there-and-back
steps:
  start: { uses: start-failover, with: { plan: ERP-DR } }
  started: { uses: wait-task, with: { task: start }, timeout: 20m }
  pause: { uses: sleep, needs: [started], with: { for: 90s } }
  undo: { uses: undo-failover, needs: [pause], with: { plan: ERP-DR } }
  undone: { uses: wait-task, with: { task: undo }, timeout: 20m }
  stop: { uses: cancel-on-timeout, with: { task: undo, watch: undone } }
";

/// How many plans the wide runbook takes back at once.
pub(crate) const WIDE: usize = 12;

/// The runbooks, by name.
static BOOKS: LazyLock<BTreeMap<&str, Arc<Plan>>> = LazyLock::new(|| {
    let wide = wide();
    let texts = [
        ("undo-failover", include_str!("../../runbooks/undo-failover.yaml")),
        ("failover-and-back", include_str!("../../runbooks/failover-and-back.yaml")),
        ("there-and-back", THERE_AND_BACK),
        ("wide", wide.as_str()),
    ];
    texts.into_iter().map(|(name, text)| (name, Arc::new(plan(text)))).collect()
});

/// Returns a runbook as a plan.
pub(crate) fn book(name: &str) -> Arc<Plan> {
    Arc::clone(&BOOKS[name])
}

/// Makes the plan of a text, by the way that every runbook goes.
pub(crate) fn plan(text: &str) -> Plan {
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("simulated.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    let checked = check::all(runbook, graph, problems).expect("a runbook without errors");
    Plan::make(&checked, Inputs::default()).expect("a plan")
}

/// Twelve plans at once, of which every third wait is watched, and a joint below them.
fn wide() -> String {
    let mut text = "runbook: v1\nname: wide\nsteps:\n".to_owned();
    let mut waits = Vec::new();
    for n in 1..=WIDE {
        let _ = write!(
            text,
            "  undo_{n}: {{ uses: undo-failover, with: {{ plan: Site {n} }} }}\n  wait_{n}: {{ \
             uses: wait-task, with: {{ task: undo_{n} }}, timeout: 12m }}\n"
        );
        if n % 3 == 0 {
            let _ = writeln!(
                text,
                "  cancel_{n}: {{ uses: cancel-on-timeout, with: {{ task: undo_{n}, watch: \
                 wait_{n} }} }}"
            );
        }
        waits.push(format!("wait_{n}"));
    }
    let _ = writeln!(text, "  all: {{ uses: noop, needs: [{}] }}", waits.join(", "));
    text
}

/// The failover plans of the simulated world: name and id.
pub(crate) static FAILOVER_PLANS: LazyLock<Vec<(String, PlanId)>> = LazyLock::new(|| {
    let named = [
        ("SQL Failover Plan", "ae01e36f-32a3-4095-95fa-09a2af744009"),
        ("ERP-DR", "5f0b1a52-6c0e-4c11-9a5d-2d0f6a3f7b10"),
    ];
    let named = named.map(|(name, id)| (name.to_owned(), id.to_owned()));
    let sites = (1..=WIDE).map(|n| (format!("Site {n}"), format!("site-{n}")));
    let id = |(name, id): (String, String)| (name, PlanId::parse(&id).expect("a plan id"));
    named.into_iter().chain(sites).map(id).collect()
});

/// What a step does to which failover plan; none for a step that only waits.
pub(crate) fn deed(plan: &Plan, step: &StepId) -> Option<(PlanId, Action)> {
    let step = &plan.steps()[plan.find(step)?];
    let action = match step.uses.decl().kind {
        "undo-failover" => Action::Undo,
        "start-failover" => Action::Start,
        _ => return None,
    };
    let wanted = step.with.get("plan")?.as_str()?;
    let mut plans = FAILOVER_PLANS.iter();
    let found = plans.find(|(name, id)| name == wanted || id.as_str() == wanted);
    found.map(|(_, id)| (id.clone(), action))
}

/// The step that a parameter names.
pub(crate) fn named(plan: &Plan, step: &StepId, param: &str) -> Option<StepId> {
    let step = &plan.steps()[plan.find(step)?];
    StepId::parse(step.with.get(param)?.as_str()?).ok()
}
