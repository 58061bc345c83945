//! Runbooks for disaster recovery: from YAML to a checked graph, a plan, a run and its journal.
//!
//! A text becomes a plan in five stages. The first three never fail: each returns what it could
//! read and adds its [`Problems`](problem::Problems), so that one look shows every mistake. The
//! gate, [`check::all`], lets a runbook without errors pass, and only what has passed can be
//! planned.
//!
//! ```
//! use runbook_core::plan::{Inputs, Plan};
//! use runbook_core::{check, document::Document, graph::Graph};
//! use runbook_core::{problem::Problems, runbook::Runbook, text::Source};
//!
//! let text = "
//! runbook: v1
//! name: undo-erp
//! inputs: { plan: { type: string } }
//! steps:
//!   undo:   { uses: undo-failover, with: { plan: \"${{ inputs.plan }}\" } }
//!   wait:   { uses: wait-task, with: { task: undo }, timeout: 30m }
//!   cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }
//! ";
//! let mut problems = Problems::default();
//! let document = Document::parse(&Source::new("undo-erp.yaml", text), &mut problems);
//! let runbook = Runbook::read(&document, &mut problems);
//! let graph = Graph::build(&runbook, &mut problems);
//! let checked = check::all(runbook, graph, problems).expect("a runbook without errors");
//!
//! let mut inputs = Inputs::default();
//! inputs.text("plan", "ERP-DR");
//! let plan = Plan::make(&checked, inputs).expect("every input has a value");
//!
//! let shown = plan.text();
//! assert!(shown.contains("with     plan: ERP-DR"));
//! assert!(shown.contains("may-run (depends on wait)"));
//! ```
//!
//! A [`Run`](run::Run) carries a plan out without touching anything: it is told what has
//! happened and returns events and effects. The [`executor`] writes the events down, shows them,
//! and performs the effects through a [`Host`](executor::Host).
//!
//! # Floors
//!
//! A module imports from lower floors only; the test `modules_import_lower_floors_only` reads
//! this list.
//!
//! ```text
//! floor modules
//!  0    digest limits mask
//!  1    text time
//!  2    problem
//!  3    document
//!  4    step
//!  5    expression steps
//!  6    runbook
//!  7    graph schema
//!  8    check
//!  9    plan
//! 10    event
//! 11    lane
//! 12    run
//! 13    journal report
//! 14    executor
//! ```

pub mod check;
mod digest;
pub mod document;
pub mod event;
pub mod executor;
pub mod expression;
pub mod graph;
pub mod journal;
pub mod lane;
pub mod limits;
pub mod mask;
pub mod plan;
pub mod problem;
pub mod report;
pub mod run;
pub mod runbook;
pub mod schema;
pub mod step;
pub mod steps;
pub mod text;
pub mod time;
