//! The command line of `runbook`.

/// Runs the command line of this process.
pub fn main() {}
