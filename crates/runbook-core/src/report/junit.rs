//! The report as `JUnit` XML, which CI servers show as tests: a run is a suite, a step a case.
//!
//! There is no standard; this keeps to what Jenkins, GitLab and Azure read alike.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{Report, StepReport, grade_word, safe};
use crate::step::StepResult;
use crate::time::Words;

/// What a case is, beside a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    /// It did not do what it is for.
    Failure,
    /// What became of it is open, or it never got to its work.
    Error,
    /// It was not needed.
    Skipped,
}

/// What to do about an outcome that is not proven.
const LOOK: &str = "look in the backup console what became of it, and do not repeat it before you \
                    know";

/// And where somebody is still at it.
const WAIT: &str = "the run is at work; wait for its end";

impl Report {
    /// Writes the report as `JUnit` XML. Whatever a server said, it is a well-formed document.
    pub fn junit(&self) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        suites(&mut writer, self).expect("invariant: memory takes every write");
        let mut text = String::from_utf8(writer.into_inner())
            .expect("invariant: a writer of XML that is given text gives text");
        text.push('\n');
        text
    }
}

type Out = Writer<Vec<u8>>;

fn suites(out: &mut Out, report: &Report) -> io::Result<()> {
    let head = &report.run;
    let lacks = lacks_a_bad_one(report);
    let count = |bad: Bad| report.steps.iter().filter(|step| bad_of(step) == Some(bad)).count();
    let errors = count(Bad::Error) + usize::from(lacks);
    let took = head.started.zip(head.ended).map(|(started, ended)| ended.since(started));
    let counts = [
        ("tests", (report.steps.len() + usize::from(lacks)).to_string()),
        ("failures", count(Bad::Failure).to_string()),
        ("errors", errors.to_string()),
        ("skipped", count(Bad::Skipped).to_string()),
        ("time", seconds(took)),
    ];
    let mut suites = BytesStart::new("testsuites");
    let mut suite = BytesStart::new("testsuite");
    suites.push_attribute(("name", "runbook"));
    suite.push_attribute(("name", safe(&head.runbook).as_str()));
    for (name, value) in &counts {
        suites.push_attribute((*name, value.as_str()));
        suite.push_attribute((*name, value.as_str()));
    }
    if let Some(started) = head.started {
        suite.push_attribute(("timestamp", started.to_string().as_str()));
    }
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.write_event(Event::Start(suites))?;
    out.write_event(Event::Start(suite))?;
    properties(out, report)?;
    for step in &report.steps {
        case(out, report, step)?;
    }
    if lacks {
        let mut case = BytesStart::new("testcase");
        case.push_attribute(("classname", safe(&head.runbook).as_str()));
        case.push_attribute(("name", "(the run itself)"));
        out.write_event(Event::Start(case))?;
        let why = report.damage.as_deref().or(report.stopped.as_deref()).unwrap_or(report.summary);
        bad(out, "error", report.word(), why, report.summary)?;
        out.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    let said = report.decisions.iter().map(|decision| format!("decided: {}", safe(decision)));
    let said = said.chain(report.remarks.iter().map(|remark| format!("note: {}", safe(remark))));
    element(out, "system-out", &said.collect::<Vec<_>>().join("\n"))?;
    out.write_event(Event::End(BytesEnd::new("testsuite")))?;
    out.write_event(Event::End(BytesEnd::new("testsuites")))
}

/// A run that did not go well must not look green, even where no step is to blame; nor may one
/// that has not ended, or of which something is lost.
fn lacks_a_bad_one(report: &Report) -> bool {
    let is_bad = |step| matches!(bad_of(step), Some(Bad::Failure | Bad::Error));
    if report.is_running || report.damage.is_some() {
        return true;
    }
    report.exit_code != 0 && !report.steps.iter().any(is_bad)
}

fn bad_of(step: &StepReport) -> Option<Bad> {
    match step.result {
        Some(StepResult::Succeeded | StepResult::Warned) => None,
        Some(StepResult::Failed | StepResult::TimedOut | StepResult::Cancelled) => {
            Some(Bad::Failure)
        }
        Some(StepResult::Skipped) => Some(Bad::Skipped),
        Some(StepResult::Blocked | StepResult::Unknown) | None => Some(Bad::Error),
    }
}

fn properties(out: &mut Out, report: &Report) -> io::Result<()> {
    let head = &report.run;
    let mut properties = vec![
        ("run", head.id.clone()),
        ("verdict", report.word().to_owned()),
        ("exit_code", report.exit_code.to_string()),
        ("is_running", report.is_running.to_string()),
        ("plan_digest", head.plan_digest.clone()),
        ("target", head.target.clone()),
        ("address", head.address.clone()),
    ];
    if let Some(journal) = &report.journal {
        properties.push(("journal_records", journal.records.to_string()));
        properties.push(("journal_last_sum", journal.last_sum.clone()));
    }
    out.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in properties {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", name));
        property.push_attribute(("value", safe(&value).as_str()));
        out.write_event(Event::Empty(property))?;
    }
    out.write_event(Event::End(BytesEnd::new("properties")))
}

fn case(out: &mut Out, report: &Report, step: &StepReport) -> io::Result<()> {
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("classname", safe(&report.run.runbook).as_str()));
    case.push_attribute(("name", safe(&step.id).as_str()));
    case.push_attribute(("time", seconds(step.took()).as_str()));
    out.write_event(Event::Start(case))?;
    let word = step.word();
    match bad_of(step) {
        None => {}
        Some(Bad::Failure) => bad(out, "failure", word, &step.message, &evidence(step))?,
        Some(Bad::Error) => {
            let mut detail = evidence(step);
            if step.result != Some(StepResult::Blocked) && step.attempts > 0 {
                let next = if report.is_running { WAIT } else { LOOK };
                let _ = write!(detail, "\nnext: {next}");
            }
            bad(out, "error", word, &step.message, detail.trim_start())?;
        }
        Some(Bad::Skipped) => {
            let mut skipped = BytesStart::new("skipped");
            skipped.push_attribute(("message", safe(&step.message).as_str()));
            out.write_event(Event::Empty(skipped))?;
        }
    }
    let mut said = format!("{} {word}", step.uses);
    if let Some(grade) = step.grade {
        let _ = write!(said, " ({})", grade_word(grade));
    }
    if let Some(took) = step.took() {
        let _ = write!(said, " after {}", Words(took));
    }
    let _ = write!(said, ": {}\n{}", safe(&step.message), evidence(step));
    element(out, "system-out", said.trim_end())?;
    out.write_event(Event::End(BytesEnd::new("testcase")))
}

fn evidence(step: &StepReport) -> String {
    step.evidence.iter().map(|line| safe(line)).collect::<Vec<_>>().join("\n")
}

fn bad(out: &mut Out, name: &str, word: &str, message: &str, detail: &str) -> io::Result<()> {
    let mut element = BytesStart::new(name);
    element.push_attribute(("type", word));
    element.push_attribute(("message", safe(message).as_str()));
    out.write_event(Event::Start(element))?;
    out.write_event(Event::Text(BytesText::new(detail)))?;
    out.write_event(Event::End(BytesEnd::new(name)))
}

fn element(out: &mut Out, name: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    out.write_event(Event::Start(BytesStart::new(name)))?;
    out.write_event(Event::Text(BytesText::new(text)))?;
    out.write_event(Event::End(BytesEnd::new(name)))
}

fn seconds(took: Option<Duration>) -> String {
    format!("{:.3}", took.unwrap_or_default().as_secs_f64())
}
