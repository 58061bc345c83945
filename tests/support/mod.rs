//! A bench for the binary: a folder, an Enterprise Manager, an environment, and what came out.
//!
//! It must not know what any command prints.

mod canary;
mod lab;
mod mock;
mod process;
mod redact;

pub(crate) use lab::{EM, Lab, PASSWORD, USER, stuck, world};
pub(crate) use mock::{Mock, Quirk};
pub(crate) use process::Outcome;
