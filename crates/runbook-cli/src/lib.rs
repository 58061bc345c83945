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

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Verb};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match std::panic::catch_unwind(AssertUnwindSafe(|| run(args))) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            terminal::failure(&failure);
            failure.exit.into()
        }
        Err(_) => {
            terminal::note(
                "error: this is a defect of `runbook` itself; the journal holds what was done\n \
                 help: `runbook report latest` shows it; please report the lines above",
            );
            exit::Exit::Internal.into()
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
