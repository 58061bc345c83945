//! The command line of `runbook`: arguments in, text and an exit code out.
//!
//! The only crate that prints, reads files, the environment and the clock.

mod args;
mod command;
mod execution;
mod exit;
mod files;
mod gate;
mod host;
mod input;
mod library;
mod locks;
mod process;
mod progress;
mod record;
mod sealed;
mod signals;
mod state;
mod target;
mod terminal;
mod who;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Verb};
use exit::{Exit, Failure};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    process::begin();
    terminal::tell_of_panics();
    let ended = match std::panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            terminal::failure(&failure);
            failure.exit
        }
        Err(_) => {
            terminal::note(
                "error: this is a defect of `runbook` itself; the journal holds what was done\n \
                 help: `runbook report latest` shows it; please report the lines above",
            );
            Exit::Internal
        }
    };
    match terminal::lost() {
        None => ended.into(),
        Some(failure) => {
            terminal::failure(&failure);
            // What the command came to says more, unless it came to nothing bad.
            if ended == Exit::Done { failure.exit.into() } else { ended.into() }
        }
    }
}

fn run() -> Result<Exit, Failure> {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            terminal::note(error.render().ansi().to_string().trim_end());
            return Ok(Exit::Invalid);
        }
        // Help and version are results.
        Err(error) => {
            terminal::result(&error.render().ansi().to_string());
            return Ok(Exit::Done);
        }
    };
    match args.verb {
        Verb::Check(args) => Ok(command::check::run(&args)),
        Verb::Plan(args) => command::plan::run(&args),
        Verb::Run(args) => command::run::run(&args),
        Verb::Runs(args) => command::runs::run(&args),
        Verb::Resume(args) => command::resume::run(&args),
        Verb::Resolve(args) => command::rule::resolve(&args),
        Verb::Retry(args) => command::rule::retry(&args),
        Verb::Skip(args) => command::rule::skip(&args),
        Verb::Report(args) => command::report::run(&args),
        Verb::Verify(args) => command::verify::run(&args),
        Verb::Explain(args) => command::explain::run(&args),
        Verb::Schema => {
            terminal::json(&runbook_core::schema::runbook());
            Ok(Exit::Done)
        }
    }
}
