//! The figures of all cases, as tables for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::cases::Family;
use crate::check::Outcome;
use crate::desk::Struck;
use crate::lab::Kill;
use crate::record::Known;

/// A row: how many, and what they came to.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    all: usize,
    truth: usize,
    unknown: usize,
    needless: usize,
    broken: usize,
}

impl Row {
    fn add(&mut self, outcome: Outcome, is_broken: bool) {
        self.all += 1;
        self.broken += usize::from(is_broken);
        match outcome {
            Outcome::Truth => self.truth += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::Needless => self.needless += 1,
        }
    }

    fn cells(&self) -> String {
        let Self { all, truth, unknown, needless, broken } = self;
        format!("{all:>7} {truth:>7} {unknown:>8} {needless:>9} {broken:>7}")
    }
}

const HEAD: &str = "    all   truth  unknown  needless  broken";

/// All figures.
#[derive(Debug, Default)]
pub(crate) struct Table {
    families: BTreeMap<Family, Row>,
    stages: BTreeMap<(bool, Struck), Row>,
    known: BTreeMap<Known, Row>,
    /// How many were killed once, twice, three times; and not at all, as they had ended before.
    times: BTreeMap<usize, usize>,
    /// Runs that an operator's ruling closed.
    ruled: usize,
}

impl Table {
    /// Counts a case.
    pub(crate) fn add(
        &mut self,
        family: Family,
        kills: &[Kill],
        outcome: Outcome,
        is_ruled: bool,
        is_broken: bool,
    ) {
        self.families.entry(family).or_default().add(outcome, is_broken);
        *self.times.entry(kills.len()).or_default() += 1;
        self.ruled += usize::from(is_ruled);
        for kill in kills {
            let row = self.stages.entry((kill.of_resume, kill.struck)).or_default();
            row.add(outcome, is_broken);
            self.known.entry(kill.known).or_default().add(outcome, is_broken);
        }
    }

    /// Returns how many processes were killed.
    pub(crate) fn kills(&self) -> usize {
        self.known.values().map(|row| row.all).sum()
    }

    /// Returns how many cases broke a promise.
    pub(crate) fn broken(&self) -> usize {
        self.families.values().map(|row| row.broken).sum()
    }

    /// Returns how many kills of actions that EM had taken on came to a needless question, and of
    /// how many.
    pub(crate) fn needless(&self) -> (usize, usize) {
        let of = |known: &Known| self.known.get(known).copied().unwrap_or_default();
        let rows = [of(&Known::AnswerLost), of(&Known::Recorded)];
        (rows.iter().map(|row| row.needless).sum(), rows.iter().map(|row| row.all).sum())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut section = |title: &str, rows: Vec<(String, &Row)>| -> fmt::Result {
            writeln!(out, "{title:<52}{HEAD}")?;
            for (name, row) in rows {
                writeln!(out, "  {name:<50}{}", row.cells())?;
            }
            out.write_char('\n')
        };
        let rows = self.families.iter().map(|(family, row)| (family.name().to_owned(), row));
        section("cases", rows.collect())?;
        for (of_resume, title) in [(false, "kills of `run`"), (true, "kills of `resume`")] {
            let rows = self.stages.iter().filter(|((of, _), _)| *of == of_resume);
            section(title, rows.map(|((_, struck), row)| (struck.to_string(), row)).collect())?;
        }
        let rows = Known::ALL.iter().filter_map(|known| Some((known, self.known.get(known)?)));
        let rows = rows.map(|(known, row)| (known.words().to_owned(), row));
        section("what was so when it was killed", rows.collect())?;
        let times = |times| self.times.get(&times).copied().unwrap_or_default();
        writeln!(
            out,
            "cases with no kill {}, one {}, two {}, three {}; closed by a ruling {}",
            times(0),
            times(1),
            times(2),
            times(3),
            self.ruled
        )
    }
}
