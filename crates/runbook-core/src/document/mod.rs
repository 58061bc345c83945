//! YAML to a tree of nodes, each with its place. The only module that knows YAML.

mod node;
mod scalar;

pub use node::{Entry, Kind, Node};

/// A value of a runbook: what stands under `with:`.
pub type Value = serde_yaml::Value;
