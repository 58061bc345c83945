//! The arguments, and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use runbook_core::event::Rule;
use runbook_core::time::Words;

/// Disaster-recovery runbooks for Veeam Backup Enterprise Manager.
///
/// Results go to stdout, everything else to stderr. `runbook explain exit-codes` lists what the
/// exit codes mean.
#[derive(Debug, Parser)]
#[command(name = "runbook", bin_name = "runbook", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Say everything that can be said of runbooks offline. Sends nothing.
    Check(CheckArgs),
    /// Show what a run would do, in which order. Sends nothing.
    Plan(PlanArgs),
    /// Execute a runbook.
    Run(RunArgs),
    /// List the runs, and what each is waiting for.
    Runs(RunsArgs),
    /// Go on with a run that is open.
    Resume(ResumeArgs),
    /// Rule what became of an action whose outcome is unknown. Sends nothing.
    Resolve(ResolveArgs),
    /// Have a step that failed tried again. Sends nothing.
    Retry(RetryArgs),
    /// Have a run go on without a step that failed. Sends nothing.
    Skip(SkipArgs),
    /// Show the record of a run.
    Report(ReportArgs),
    /// Check that nobody has changed the journal of a run.
    Verify(VerifyArgs),
    /// Explain a diagnostic code, a kind of step, or the exit codes.
    Explain(ExplainArgs),
    /// Print the JSON Schema of a runbook, for editors.
    Schema,
}

/// Ends with 2 where there is an error, else with 0.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Runbooks, and folders with runbooks.
    ///
    /// In a folder and those below it, the files `*.yaml` and `*.yml` in which a line starts with
    /// `runbook:` are checked, in the order of their names; how many others there are is told.
    /// Hidden files and folders are left out, and links that lead out of the folder are not
    /// followed. A file that is named by itself is checked whatever it holds.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How to write the problems.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,
    /// End with 2 for these as well.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    /// The runbook.
    #[arg(value_name = "FILE")]
    pub(crate) runbook: PathBuf,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    /// How to write the plan.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The runbook.
    #[arg(value_name = "FILE")]
    pub(crate) runbook: PathBuf,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// Where to run: `sim` is the embedded simulator, `env` the Enterprise Manager that `EM_URL`,
    /// `EM_PIN` or `EM_CA`, `EM_USERNAME` and `EM_PASSWORD` name.
    #[arg(long, value_enum)]
    pub(crate) target: Option<TargetName>,
    #[command(flatten)]
    pub(crate) take_over: TakeOver,
    /// How to write the report at the end.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Reads the folder of the run and nothing else: the runbook may have changed since. Of a run that
/// is closed it says again what it came to.
#[derive(Debug, ClapArgs)]
pub(crate) struct ResumeArgs {
    /// The run's id, or `latest`.
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// The target; default: the one of the run. It must lead to the same Enterprise Manager.
    #[arg(long, value_enum)]
    pub(crate) target: Option<TargetName>,
    #[command(flatten)]
    pub(crate) take_over: TakeOver,
    /// A sum from the log of an earlier process, or its first 16 digits: refuse a journal in which
    /// no line has it.
    #[arg(long, value_name = "SUM")]
    pub(crate) expect_head: Option<String>,
    /// How to write the report at the end.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What people find out is written into the record, with who and why; `resume` goes on from there.
#[derive(Debug, ClapArgs)]
pub(crate) struct ResolveArgs {
    /// The run's id, or `latest`.
    pub(crate) run: String,
    /// The step, or the step that it is a part of.
    pub(crate) step: String,
    /// What became of its action.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) r#as: Outcome,
    /// How that is known.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) because: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Outcome {
    /// It was done, and it worked.
    Happened,
    /// It was not done: exactly one new attempt is made.
    NotHappened,
    /// It was begun, and did not work.
    Failed,
}

impl From<Outcome> for Rule {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Happened => Self::Happened,
            Outcome::NotHappened => Self::NotHappened,
            Outcome::Failed => Self::Failed,
        }
    }
}

/// For a step that only looked, or whose action is proven not sent or refused.
#[derive(Debug, ClapArgs)]
pub(crate) struct RetryArgs {
    /// The run's id, or `latest`.
    pub(crate) run: String,
    /// The step, or the step that it is a part of.
    pub(crate) step: String,
    /// Why it will work now.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) because: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

/// For a step that only looked, or a gate.
#[derive(Debug, ClapArgs)]
pub(crate) struct SkipArgs {
    /// The run's id, or `latest`.
    pub(crate) run: String,
    /// The step, or the step that it is a part of.
    pub(crate) step: String,
    /// Why the run may go on without it.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) because: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReportArgs {
    /// The run's id, or `latest`.
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// How to write the report.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// End with the exit code of the run.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunsArgs {
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// How to write the list.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Delete the folders of runs that ended longer ago than this: `30d`, `12h`. Open runs stay
    /// that have sent an action, and so does what cannot be read.
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) prune: Option<Duration>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// The run's id, or `latest`.
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// A sum that was kept elsewhere, as in the log of a CI job; the first 16 digits are enough.
    #[arg(long, value_name = "SUM")]
    pub(crate) expect_head: Option<String>,
    /// How to write what was found.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Reads an age: days, or a duration as in a runbook. Runbooks have no days, since some have 23
/// hours; what is deleted some day does not mind.
fn age(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    if let Some(days) = days {
        return Ok(Duration::from_hours(24) * days);
    }
    text.parse().map(|words: Words| words.0).map_err(|error| format!("{error}; or days: `30d`"))
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// A code such as `runbook::needs::unknown`, a kind such as `wait-task`, or `exit-codes`.
    pub(crate) topic: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InputArgs {
    /// An input of the runbook; may be given several times. It wins over `--inputs`, which wins
    /// over the variable `RUNBOOK_INPUT_NAME` with the name in upper case, which wins over the
    /// default.
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// A YAML file with inputs: a mapping of names to values.
    #[arg(long = "inputs", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The scenario; where the runbook has several, and no default.
    #[arg(long, value_name = "NAME")]
    pub(crate) scenario: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StateArgs {
    /// The folder in which runs are kept, one folder each; default: the user's state folder.
    #[arg(long, value_name = "DIR", env = "RUNBOOK_STATE")]
    pub(crate) state: Option<PathBuf>,
}

/// Whether to go on where another run is in the way. Not by mistake, hence two arguments.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct TakeOver {
    /// Go on although another run holds what this one works on, or has left an action there
    /// without an outcome. A run that still works is stopped before its next action.
    #[arg(long, requires = "because")]
    pub(crate) take_over: bool,
    /// Why another run is taken over.
    #[arg(long, value_name = "TEXT", requires = "take_over", value_parser = reason)]
    pub(crate) because: Option<String>,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// How the record of a run is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: `report/v1`.
    Json,
    /// For CI servers that show tests: a run is a suite, a step a case.
    Junit,
    /// For the summary of a CI job, or a comment.
    Markdown,
}

/// How the problems of runbooks are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: `problems/v1`.
    Json,
    /// For GitHub Actions: annotations beside the lines of a pull request.
    Github,
    /// For code hosts and editors: SARIF 2.1.0.
    Sarif,
}

/// What is refused besides errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings; notes never are.
    Warnings,
}

/// The targets that are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetName {
    /// The Enterprise Manager that the environment names.
    Env,
    /// The embedded simulator.
    Sim,
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_blank = text.is_empty();
    if is_blank { Err("a reason is wanted".to_owned()) } else { Ok(text.to_owned()) }
}
