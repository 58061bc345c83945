//! Runbooks for disaster recovery: from YAML to a checked graph, a plan, a run and its journal.

pub mod check;
pub mod document;
pub mod event;
pub mod executor;
pub mod expression;
pub mod graph;
pub mod limits;
pub mod plan;
pub mod journal;
pub mod lane;
pub mod problem;
pub mod report;
pub mod run;
pub mod runbook;
pub mod step;
pub mod steps;
pub mod text;
pub mod time;
