//! The command line of `runbook`: arguments in, text and an exit code out.
//!
//! The only crate that prints, reads files, the environment and the clock.

mod args;
mod command;
mod exit;
mod files;
mod host;
mod input;
mod signals;
mod state;
mod target;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Verb};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal::failure(&failure);
            failure.exit.into()
        }
    }
}

fn run(args: Args) -> Result<exit::Exit, exit::Failure> {
    match args.verb {
        Verb::Check(args) => Ok(command::check::run(&args)),
        Verb::Plan(args) => command::plan::run(&args),
        Verb::Run(args) => command::run::run(&args),
        Verb::Report(args) => command::report::run(&args),
        Verb::Explain(args) => command::explain::run(&args),
    }
}
