//! One line for each thing that happens, for people who watch.

use super::safe;
use crate::event::{Event, How, LaneEvent, Stop, What};
use crate::run::Run;
use crate::step::StepResult;

/// Says an event in a line, with the time since the run began; none for what would only be noise.
pub fn line(run: &Run, event: &Event) -> Option<String> {
    let words = words(run, &event.what)?;
    let since = run.opened().map_or_else(Default::default, |(start, _)| event.at.since(*start));
    let (minutes, seconds) = (since.as_secs() / 60, since.as_secs() % 60);
    let tenths = since.subsec_millis() / 100;
    Some(format!("{minutes:02}:{seconds:02}.{tenths}  {}", safe(&words)))
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
            format!("{name} came: nothing new is sent from here on")
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
