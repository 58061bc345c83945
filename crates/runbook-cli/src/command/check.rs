//! `runbook check`: everything that can be said offline.

use runbook_core::problem::{Listing, Problems, View};
use runbook_core::text::Source;

use super::checked;
use crate::args::{CheckArgs, Format};
use crate::exit::Exit;
use crate::files;
use crate::terminal::{self, Stream};

/// Checks every file. One that cannot be read does not keep the others from being checked.
pub(crate) fn run(args: &CheckArgs) -> Exit {
    let mut exit = Exit::Done;
    let mut views = Vec::new();
    for path in &args.files {
        let source = match files::read_runbook(path) {
            Ok(source) => source,
            Err(failure) => {
                terminal::failure(&failure);
                exit = Exit::Invalid;
                continue;
            }
        };
        let (problems, steps) = problems(&source);
        if problems.has_errors() {
            exit = Exit::Invalid;
        }
        match args.format {
            Format::Text => show(&source, &problems, steps),
            Format::Json => views.extend(View::all(&source, &problems)),
        }
    }
    if args.format == Format::Json {
        terminal::json(&Listing::new(views));
    }
    exit
}

fn problems(source: &Source) -> (Problems, Option<usize>) {
    match checked(source) {
        Ok(checked) => (checked.remarks().clone(), Some(checked.graph().len())),
        Err(problems) => (problems, None),
    }
}

fn show(source: &Source, problems: &Problems, steps: Option<usize>) {
    terminal::problems(source, problems, Stream::Stdout);
    let name = source.name();
    let remarks = match problems.len() {
        0 => String::new(),
        1 => ", with 1 remark".to_owned(),
        more => format!(", with {more} remarks"),
    };
    match steps {
        Some(1) => terminal::result(&format!("{name}: 1 step is in order{remarks}")),
        Some(steps) => terminal::result(&format!("{name}: {steps} steps are in order{remarks}")),
        None => terminal::note(&format!("{name}: not in order")),
    }
}
