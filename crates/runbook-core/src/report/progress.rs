//! One line for each thing that happens, for people who watch, and for the log of a CI service.

use std::fmt::Write as _;

use super::{Told, safe};
use crate::event::{Event, How, LaneEvent, Stop, What};
use crate::run::Run;
use crate::step::{Effect, StepResult};
use crate::time::Timestamp;

/// How many digits of a sum stand in a line: more than anyone can find another journal for, and
/// few enough to be read.
const DIGITS: usize = 16;

/// Says an event in a line that begins with the wall clock; none for what would only be noise.
///
/// The line of an action, and of what became of it, ends with its line in the journal, so that
/// whoever keeps the log can later prove that the journal was not changed up to there.
pub fn line(told: &Told<'_>) -> Option<String> {
    // A server's text must not look like an anchor.
    let words = words(told.run, &told.event.what)?.replace("[journal ", "\\u{5b}journal ");
    let mut text = safe(&words);
    if let Some(line) = told.line.filter(|_| is_anchor(told.run, told.event)) {
        let sum = line.sum.get(..DIGITS).unwrap_or(line.sum);
        let _ = write!(text, " [journal {}:{sum}]", line.seq);
    }
    Some(stamped(told.wall, &text))
}

/// Puts an instant, to the second, before a text.
///
/// ```
/// use runbook_core::report::stamped;
/// use runbook_core::time::Timestamp;
///
/// let at = Timestamp::from_millisecond(1_764_000_000_999);
/// assert_eq!(stamped(at, "wait: begins"), "2025-11-24T16:00:00Z wait: begins");
/// ```
pub fn stamped(at: Timestamp, text: &str) -> String {
    format!("{} {text}", to_the_second(at))
}

/// Writes an instant to the second, in 20 letters.
pub(super) fn to_the_second(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or_else(|| text.clone(), |seconds| format!("{seconds}Z"))
}

/// Tells whether an event is an action, or what became of one.
fn is_anchor(run: &Run, event: &Event) -> bool {
    match &event.what {
        What::Lane(LaneEvent::Intended { .. }) => true,
        What::StepEnded { step, ending } => {
            let planned = run.plan().find(step).map(|place| &run.plan().steps()[place]);
            let acts = planned.is_some_and(|planned| planned.effect != Effect::Read);
            // A wait that ends badly tells what became of the action it watched.
            acts || event.what.is_weighty() || is_bad(ending.result)
        }
        What::Lane(_) => event.what.is_weighty(),
        _ => false,
    }
}

const fn is_bad(result: StepResult) -> bool {
    matches!(
        result,
        StepResult::Failed | StepResult::TimedOut | StepResult::Cancelled | StepResult::Unknown
    )
}

fn words(run: &Run, what: &What) -> Option<String> {
    Some(match what {
        What::Opened(opened) => format!("run {} begins on {}", opened.run, opened.address),
        What::Resumed(resumed) => format!("{} goes on with the run", resumed.by),
        What::StepStarted { step } => format!("{step}: begins"),
        What::StepReopened { step } => format!("{step}: its task is looked at again"),
        What::Ruled(ruling) => {
            let word = ruling.rule.name();
            format!("{}: {} ruled «{word}»: {}", ruling.step, ruling.by, ruling.because)
        }
        What::StepEnded { step, ending } => {
            let mark = mark(ending.result);
            format!("{step}: {mark} {}: {}", ending.result.name(), ending.message)
        }
        What::Lane(lane) => return lane_words(lane),
        What::Stopped(Stop::Signal { name }) => {
            format!("stopped by {name}: nothing new is sent from here on")
        }
        What::Stopped(Stop::Unreachable { message } | Stop::Superseded { message }) => {
            format!("{message}; nothing more is sent")
        }
        What::StepChanged { .. } | What::Closed { .. } | What::LeftOpen { .. } => return None,
    })
    .filter(|_| run.opened().is_some())
}

fn lane_words(event: &LaneEvent) -> Option<String> {
    Some(match event {
        LaneEvent::Opened { lane, .. } => format!("{lane}: logged on"),
        LaneEvent::Intended { ticket, intent, .. } => {
            let (step, method, target) = (&ticket.step, intent.method.name(), &intent.target);
            format!(
                "{step}: sends {method} {target} ({}), attempt {}",
                intent.object, intent.attempt
            )
        }
        LaneEvent::Accepted { ticket, task, how, .. } => {
            let step = &ticket.step;
            match how {
                How::Answered => format!("{step}: EM accepted it as {task}"),
                How::Adopted => {
                    format!("{step}: the answer was lost, and EM lists it as {task}: adopted")
                }
            }
        }
        LaneEvent::Refused { ticket, message, .. } => {
            format!("{}: EM refused it: {message}", ticket.step)
        }
        LaneEvent::NotSent { ticket, reason } => {
            format!("{}: nothing was sent: {reason}", ticket.step)
        }
        LaneEvent::Unanswered { ticket, reason } => format!(
            "{}: sent, without a clear answer ({reason}); looking for it, sending nothing again",
            ticket.step
        ),
        LaneEvent::Done { ticket } => format!("{}: EM has taken it", ticket.step),
        LaneEvent::Undecided { ticket, .. } => {
            format!("{}: no proof was found of what became of it", ticket.step)
        }
        LaneEvent::Rejoined { lane } => {
            format!("{lane}: the session of the earlier process lives, and is watched on")
        }
        LaneEvent::Lost { lane, why } => format!("{lane}: lost ({why})"),
        LaneEvent::Fenced { lane, how } => {
            format!("{lane}: nothing that was sent in it can arrive any more ({how})")
        }
        LaneEvent::Others { sessions } => {
            format!("going on beside {} other logon sessions of this account", sessions.len())
        }
        LaneEvent::Troubled { what } => what.clone(),
        LaneEvent::Opening { .. }
        | LaneEvent::Listed { .. }
        | LaneEvent::Closed { .. }
        | LaneEvent::TaskSeen { .. } => {
            return None;
        }
    })
}

/// A sign before a result, so that an eye that skims finds the bad ones.
pub(super) const fn mark(result: StepResult) -> &'static str {
    match result {
        StepResult::Succeeded => "✓",
        StepResult::Warned | StepResult::TimedOut | StepResult::Cancelled => "!",
        StepResult::Failed => "✗",
        StepResult::Skipped | StepResult::Blocked => "–",
        StepResult::Unknown => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::super::running::tests::{at, run_of};
    use super::super::{Line, Told};
    use super::*;
    use crate::event::{Intent, LaneId, Ticket};
    use crate::step::{CallId, Ending, StepId};
    use em_api::protocol::Method;

    fn id(text: &str) -> StepId {
        StepId::parse(text).expect("a name")
    }

    #[test]
    fn actions_and_what_became_of_them_anchor_the_journal_and_nothing_else_does() {
        let run = run_of(&["undo", "wait"], &[]);
        let sum = "0123456789abcdef".repeat(4);
        let ticket = || Ticket { step: id("undo"), call: CallId(1) };
        let intent = Intent {
            attempt: 1,
            method: Method::Post,
            target: "/x?action=undo".to_owned(),
            body: None,
            operation: None,
            object: "plan `P`".to_owned(),
        };
        let ended = |step, result| What::StepEnded {
            step: id(step),
            ending: Ending::new(result, "as it went"),
        };
        let intended = LaneEvent::Intended { lane: LaneId(1), ticket: ticket(), intent };
        let reason = || "gone".to_owned();
        for (what, anchors) in [
            (What::Lane(intended), true),
            (What::Lane(LaneEvent::Done { ticket: ticket() }), true),
            (What::Lane(LaneEvent::NotSent { ticket: ticket(), reason: reason() }), true),
            (What::Lane(LaneEvent::Unanswered { ticket: ticket(), reason: reason() }), true),
            (What::Lane(LaneEvent::Undecided { ticket: ticket(), findings: vec![] }), true),
            (What::Lane(LaneEvent::Lost { lane: LaneId(1), why: reason() }), false),
            (What::StepStarted { step: id("undo") }, false),
            (ended("undo", StepResult::Failed), true),
            (ended("wait", StepResult::Succeeded), false),
            (ended("wait", StepResult::Blocked), false),
            (ended("wait", StepResult::Unknown), true),
        ] {
            let event = Event { at: at(5), what };
            let line = Some(Line { seq: 7, sum: &sum });
            let told = Told { run: &run, event: &event, wall: at(5), line };
            let line = line_of(&told);
            assert!(line.starts_with("2026-11-23T15:04:05Z "), "{line}");
            assert_eq!(line.ends_with(" [journal 7:0123456789abcdef]"), anchors, "{line}");
            let unkept = line_of(&Told { line: None, ..told });
            assert!(!unkept.contains("[journal"), "{unkept}");
        }
    }

    fn line_of(told: &Told<'_>) -> String {
        line(told).expect("it is worth a line")
    }

    #[test]
    fn what_a_server_says_cannot_feign_an_anchor_or_begin_a_line() {
        let run = run_of(&["undo"], &[]);
        let what = "::error::\n2026-01-01T00:00:00Z x [journal 9:beef]".to_owned();
        let event = Event { at: at(0), what: What::Lane(LaneEvent::Troubled { what }) };
        let told = Told { run: &run, event: &event, wall: at(0), line: None };
        let line = line_of(&told);
        assert_eq!(
            line,
            "2026-11-23T15:04:00Z \\u{3a}:error\\u{3a}:\\u{a}2026-01-01T00:00:00Z x \
             \\u{5b}journal 9:beef]"
        );
    }
}
