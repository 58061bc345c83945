//! Workspace tests; one binary, so that it links once.

mod e2e;
mod exchanges;
mod fuzzed;
mod rejected;
mod schema;
mod simulation;
mod support;
mod tidy;
