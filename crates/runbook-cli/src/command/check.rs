//! `runbook check`: everything that can be said offline.

use std::path::{Path, PathBuf};

use runbook_core::problem::{Listing, Problems, Sarif, Severity, View, annotation};
use runbook_core::text::Source;

use super::checked;
use crate::args::{CheckArgs, CheckFormat, Deny};
use crate::exit::Exit;
use crate::files::{self, LeftOut, Text};
use crate::terminal::{self, Stream};

/// Checks every file. One that cannot be read does not keep the others from being checked.
pub(crate) fn run(args: &CheckArgs) -> Exit {
    let mut told = Told { format: args.format, views: Vec::new(), tally: Tally::default() };
    let left_out = files::each(&args.files, |path, text| told.take(path, text));
    let Told { views, tally, .. } = told;
    match args.format {
        CheckFormat::Text => {
            tally.show();
            show_left_out(left_out);
        }
        CheckFormat::Json => terminal::json(&Listing::new(views)),
        CheckFormat::Sarif => terminal::json(&Sarif::new(env!("CARGO_PKG_VERSION"), &views)),
        CheckFormat::Github => {}
    }
    if tally.errors == 0 && tally.warnings > 0 && args.deny == Some(Deny::Warnings) {
        let warnings = counted(tally.warnings, "warning");
        terminal::note(&format!("error: {warnings}, and `--deny warnings` is given"));
        return Exit::Invalid;
    }
    if tally.errors > 0 { Exit::Invalid } else { Exit::Done }
}

/// What was told of the files so far.
struct Told {
    format: CheckFormat,
    /// What a format of one piece holds.
    views: Vec<View>,
    tally: Tally,
}

impl Told {
    fn take(&mut self, path: &Path, text: Text) {
        let (source, problems, end) = match text {
            Err(unreadable) => (unreadable.source, unreadable.problems, End::Unread),
            Ok(source) => match checked(path, &source) {
                Ok(checked) => {
                    (source, checked.remarks().clone(), End::InOrder(checked.graph().len()))
                }
                Err(problems) => (source, problems, End::Refused),
            },
        };
        self.tally.count(&problems);
        // What is shown to people says so by itself.
        if problems.left_out() > 0 && self.format != CheckFormat::Text {
            let (name, more) = (source.name(), counted(problems.left_out(), "problem"));
            terminal::note(&format!("{name}: {more} more than are shown"));
        }
        match self.format {
            CheckFormat::Text => show(&source, &problems, end),
            CheckFormat::Json => self.views.extend(View::all(&source, &problems)),
            CheckFormat::Sarif => self.views.extend(from_here(&source, &problems)),
            CheckFormat::Github => {
                for view in from_here(&source, &problems) {
                    terminal::result(&annotation(&view));
                }
            }
        }
    }
}

/// Describes problems for a code host, which knows files by their way from its own folder.
fn from_here(source: &Source, problems: &Problems) -> Vec<View> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut views = View::all(source, problems);
    for view in &mut views {
        let path = Path::new(&view.file);
        let path = path.strip_prefix(&here).unwrap_or(path);
        // Without `./` in front or in between.
        view.file = path.components().collect::<PathBuf>().display().to_string();
        if let Some(short) = view.file.strip_prefix("./") {
            view.file = short.to_owned();
        }
    }
    views
}

/// What became of a file.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It has so many steps.
    InOrder(usize),
    Refused,
    /// Its only problem says all there is to say.
    Unread,
}

fn show(source: &Source, problems: &Problems, end: End) {
    terminal::problems(source, problems, Stream::Stdout);
    let name = source.name();
    let remarks = match problems.len() {
        0 => String::new(),
        more => format!(", with {}", counted(more, "remark")),
    };
    match end {
        End::InOrder(1) => terminal::result(&format!("{name}: 1 step is in order{remarks}")),
        End::InOrder(steps) => {
            terminal::result(&format!("{name}: {steps} steps are in order{remarks}"));
        }
        End::Refused => terminal::note(&format!("{name}: not in order")),
        End::Unread => {}
    }
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    files: usize,
    in_order: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Tally {
    fn count(&mut self, problems: &Problems) {
        self.files += 1;
        self.in_order += usize::from(!problems.has_errors());
        for problem in problems {
            *match problem.code.severity() {
                Severity::Error => &mut self.errors,
                Severity::Warning => &mut self.warnings,
                Severity::Note => &mut self.notes,
            } += 1;
        }
    }

    /// Sums several files up.
    fn show(&self) {
        if self.files < 2 {
            return;
        }
        let mut line = match self.in_order {
            all if all == self.files => format!("all {all} files are in order"),
            some => format!(
                "{some} of {} files {} in order",
                self.files,
                if some == 1 { "is" } else { "are" }
            ),
        };
        let counts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, what)| counted(*count, what)).collect();
        if !counts.is_empty() {
            line.push_str(": ");
            line.push_str(&counts.join(", "));
        }
        terminal::result(&line);
    }
}

fn show_left_out(LeftOut { others, not_files }: LeftOut) {
    if others > 0 {
        let files = counted(others, "file");
        terminal::note(&format!("left out: {files} without a line that starts with `runbook:`"));
    }
    if not_files > 0 {
        let what = "that are links out of the folder, pipes or devices";
        terminal::note(&format!("left out: {} {what}", counted(not_files, "name")));
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
