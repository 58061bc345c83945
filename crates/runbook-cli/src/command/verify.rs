//! `runbook verify`: whether the journal of a run is what was written, as far as that shows.

use std::fmt::Write as _;

use runbook_core::event::{Opened, What};
use runbook_core::journal::Journal;
use serde::Serialize;

use crate::args::{Format, VerifyArgs};
use crate::exit::{Exit, Failure};
use crate::record::{self, Anchor};
use crate::state::{RunFolder, State};
use crate::terminal;

/// What a chain without an anchor is worth.
const UNANCHORED: &str = "\
unanchored: no sum from elsewhere was compared, so this shows accidents and clumsy edits only.
            Whoever can write the file can write all of it anew, or cut lines off its end.
            `run` prints sums: one from the log of its CI job, given as `--expect-head SUM`,
            vouches for every record up to it.";

/// Checks the chain of a journal, and what else is in its folder.
pub(crate) fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let folder = State::find(&args.state)?.open(&args.run)?;
    let journal = record::journal(&folder)?;
    is_of_its_plan(&folder, &journal)?;
    let anchor = args.expect_head.as_deref().map(|sum| record::anchor(&folder, &journal, sum));
    let found = Found::new(&folder, &journal, anchor.transpose()?);
    match args.format {
        Format::Text => terminal::result(&found.text()),
        Format::Json => terminal::json(&found),
    }
    Ok(Exit::Done)
}

fn is_of_its_plan(folder: &RunFolder, journal: &Journal) -> Result<(), Failure> {
    let digest = folder.plan()?.digest();
    let opened = journal.events.iter().find_map(|event| match &event.what {
        What::Opened(opened) => Some(opened),
        _ => None,
    });
    match opened {
        Some(Opened { plan_digest, .. }) if *plan_digest != digest => {
            let why = "the plan beside it is not the one that it began with";
            Err(record::untrusted(folder, why))
        }
        _ => Ok(()),
    }
}

/// What was found. Its JSON is the shape `verify/v1`.
#[derive(Debug, Serialize)]
struct Found {
    schema: &'static str,
    run: String,
    records: usize,
    first: String,
    last: String,
    last_sum: String,
    is_torn: bool,
    is_running: bool,
    version: u32,
    not_understood: usize,
    #[serde(skip)]
    newer: Option<String>,
    anchor: Option<Anchor>,
}

impl Found {
    fn new(folder: &RunFolder, journal: &Journal, anchor: Option<Anchor>) -> Self {
        let [first, last] = journal.between.map(|at| at.to_string());
        Self {
            schema: "verify/v1",
            run: folder.id.clone(),
            records: journal.records(),
            first,
            last,
            last_sum: journal.last_sum.clone(),
            is_torn: journal.is_torn,
            is_running: folder.is_running(),
            version: journal.version,
            not_understood: journal.not_understood,
            newer: journal.is_understood().err().map(|newer| newer.to_string()),
            anchor,
        }
    }

    fn text(&self) -> String {
        let mut out = format!("{}: the chain of its journal is whole\n\n", self.run);
        let _ = writeln!(out, "records   {}", self.records);
        let _ = writeln!(out, "first     {}", self.first);
        let _ = writeln!(out, "last      {}", self.last);
        let _ = writeln!(out, "last sum  {}\n", self.last_sum);
        if self.is_running {
            out.push_str("running:    it is written right now, and will have more records.\n");
        } else if self.is_torn {
            out.push_str(
                "torn:       the last line was cut off, as after a crash. That is no damage: it \
                 is dropped,\n            and nothing was done on the strength of it.\n",
            );
        }
        if let Some(newer) = &self.newer {
            let _ = writeln!(out, "newer:      {newer}. Their chain was checked all the same.");
        }
        match &self.anchor {
            None => out.push_str(UNANCHORED),
            Some(Anchor { line, followed_by }) => {
                let _ = write!(
                    out,
                    "anchored:   the sum is that of line {line} (`[journal {seq}:…]` in a log): up to \
                     there nothing was changed.\n            Lines after it: {followed_by}.",
                    seq = line - 1
                );
            }
        }
        out
    }
}
