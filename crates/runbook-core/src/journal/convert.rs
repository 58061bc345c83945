//! Events to records and back, by hand: adding an event is a decision about the disk.

use em_api::protocol::{Body, Media, Method, TaskId};

use super::VERSION;
use super::line::{Document, Record};
use crate::event::{How, Intent, LaneEvent, LaneId, Opened, Resumed, Ruling, Stop, Ticket, What};
use crate::step::{CallId, StepId};

/// Returns the record of an event; none for one that is only passing.
pub(super) fn record(what: &What) -> Option<Record> {
    Some(match what.clone() {
        What::Opened(opened) => Record::Opened {
            version: VERSION,
            run: opened.run,
            engine: opened.engine,
            runbook: opened.runbook,
            runbook_digest: opened.runbook_digest,
            plan_digest: opened.plan_digest,
            target: opened.target,
            address: opened.address,
            trust: opened.trust,
        },
        What::Resumed(Resumed { engine, by, because }) => Record::Resumed { engine, by, because },
        What::StepStarted { step } => Record::StepStarted { step },
        What::StepReopened { step } => Record::StepReopened { step },
        What::Ruled(Ruling { step, rule, by, because }) => {
            Record::Ruled { step, rule, by, because }
        }
        What::StepChanged { step, note } => Record::StepChanged { step, note },
        What::StepEnded { step, ending } => Record::StepEnded { step, ending },
        What::Lane(event) => return lane_record(event),
        What::Stopped(Stop::Signal { name }) => Record::StoppedBySignal { signal: name },
        What::Stopped(Stop::Unreachable { message }) => Record::StoppedUnreachable { message },
        What::Stopped(Stop::Superseded { message }) => Record::StoppedSuperseded { message },
        What::Closed { verdict } => Record::Closed { verdict },
        What::LeftOpen { verdict } => Record::LeftOpen { verdict },
    })
}

fn lane_record(event: LaneEvent) -> Option<Record> {
    Some(match event {
        LaneEvent::Opening { lane } => Record::LaneOpening { lane: lane.0 },
        LaneEvent::Opened { lane, session } => {
            Record::LaneOpened { lane: lane.0, session_sha256: session }
        }
        LaneEvent::Listed { lane, tasks } => {
            let tasks = tasks.map(|tasks| tasks.iter().map(ToString::to_string).collect());
            Record::LaneListed { lane: lane.0, tasks }
        }
        LaneEvent::Intended { lane, ticket, intent } => Record::Intent {
            lane: lane.0,
            step: ticket.step,
            call: ticket.call.0,
            attempt: intent.attempt,
            method: intent.method.name().to_owned(),
            target: intent.target,
            body: intent
                .body
                .map(|body| Document { media: body.media.name().to_owned(), text: body.text }),
            operation: intent.operation,
            object: intent.object,
        },
        LaneEvent::Accepted { lane, ticket, task, how } => Record::Accepted {
            lane: lane.0,
            step: ticket.step,
            call: ticket.call.0,
            task: task.to_string(),
            adopted: how == How::Adopted,
        },
        LaneEvent::Done { ticket } => Record::Done { step: ticket.step, call: ticket.call.0 },
        LaneEvent::Refused { ticket, status, message } => {
            Record::Refused { step: ticket.step, call: ticket.call.0, status, message }
        }
        LaneEvent::NotSent { ticket, reason } => {
            Record::NotSent { step: ticket.step, call: ticket.call.0, reason }
        }
        LaneEvent::Unanswered { ticket, reason } => {
            Record::Unanswered { step: ticket.step, call: ticket.call.0, reason }
        }
        LaneEvent::Undecided { ticket, findings } => {
            Record::Undecided { step: ticket.step, call: ticket.call.0, findings }
        }
        LaneEvent::Lost { lane, why } => Record::LaneLost { lane: lane.0, why },
        LaneEvent::Rejoined { lane } => Record::LaneRejoined { lane: lane.0 },
        LaneEvent::Fenced { lane, how } => Record::LaneFenced { lane: lane.0, how },
        LaneEvent::Closed { lane } => Record::LaneClosed { lane: lane.0 },
        LaneEvent::Others { sessions } => Record::OtherSessions { sessions_sha256: sessions },
        LaneEvent::Troubled { .. } | LaneEvent::TaskSeen { .. } => return None,
    })
}

/// Returns the event of a record.
///
/// # Errors
/// A clause for people, where a value in it is none of the kind it should be.
pub(super) fn event(record: Record) -> Result<What, String> {
    Ok(match record {
        Record::Opened {
            version: _,
            run,
            engine,
            runbook,
            runbook_digest,
            plan_digest,
            target,
            address,
            trust,
        } => What::Opened(Opened {
            run,
            engine,
            runbook,
            runbook_digest,
            plan_digest,
            target,
            address,
            trust,
        }),
        Record::Resumed { engine, by, because } => What::Resumed(Resumed { engine, by, because }),
        Record::StepStarted { step } => What::StepStarted { step },
        Record::StepReopened { step } => What::StepReopened { step },
        Record::Ruled { step, rule, by, because } => {
            What::Ruled(Ruling { step, rule, by, because })
        }
        Record::StepChanged { step, note } => What::StepChanged { step, note },
        Record::StepEnded { step, ending } => What::StepEnded { step, ending },
        Record::StoppedBySignal { signal } => What::Stopped(Stop::Signal { name: signal }),
        Record::StoppedUnreachable { message } => What::Stopped(Stop::Unreachable { message }),
        Record::StoppedSuperseded { message } => What::Stopped(Stop::Superseded { message }),
        Record::Closed { verdict } => What::Closed { verdict },
        Record::LeftOpen { verdict } => What::LeftOpen { verdict },
        lane => What::Lane(lane_event(lane)?),
    })
}

fn lane_event(record: Record) -> Result<LaneEvent, String> {
    Ok(match record {
        Record::LaneOpening { lane } => LaneEvent::Opening { lane: LaneId(lane) },
        Record::LaneOpened { lane, session_sha256 } => {
            LaneEvent::Opened { lane: LaneId(lane), session: session_sha256 }
        }
        Record::LaneListed { lane, tasks } => {
            let tasks = tasks.map(|tasks| tasks.iter().map(|id| task(id)).collect()).transpose()?;
            LaneEvent::Listed { lane: LaneId(lane), tasks }
        }
        Record::LaneLost { lane, why } => LaneEvent::Lost { lane: LaneId(lane), why },
        Record::LaneRejoined { lane } => LaneEvent::Rejoined { lane: LaneId(lane) },
        Record::LaneFenced { lane, how } => LaneEvent::Fenced { lane: LaneId(lane), how },
        Record::LaneClosed { lane } => LaneEvent::Closed { lane: LaneId(lane) },
        Record::OtherSessions { sessions_sha256 } => {
            LaneEvent::Others { sessions: sessions_sha256 }
        }
        Record::Intent { lane, step, call, attempt, method, target, body, operation, object } => {
            let method = self::method(&method)?;
            let body = body.map(self::body).transpose()?;
            let intent = Intent { attempt, method, target, body, operation, object };
            LaneEvent::Intended { lane: LaneId(lane), ticket: ticket(step, call), intent }
        }
        Record::Accepted { lane, step, call, task, adopted } => LaneEvent::Accepted {
            lane: LaneId(lane),
            ticket: ticket(step, call),
            task: self::task(&task)?,
            how: if adopted { How::Adopted } else { How::Answered },
        },
        Record::Done { step, call } => LaneEvent::Done { ticket: ticket(step, call) },
        Record::Refused { step, call, status, message } => {
            LaneEvent::Refused { ticket: ticket(step, call), status, message }
        }
        Record::NotSent { step, call, reason } => {
            LaneEvent::NotSent { ticket: ticket(step, call), reason }
        }
        Record::Unanswered { step, call, reason } => {
            LaneEvent::Unanswered { ticket: ticket(step, call), reason }
        }
        Record::Undecided { step, call, findings } => {
            LaneEvent::Undecided { ticket: ticket(step, call), findings }
        }
        other => return Err(format!("{other:?} is no event of a lane")),
    })
}

fn ticket(step: StepId, call: u32) -> Ticket {
    Ticket { step, call: CallId(call) }
}

fn task(id: &str) -> Result<TaskId, String> {
    TaskId::parse(id).map_err(|error| error.to_string())
}

fn method(name: &str) -> Result<Method, String> {
    let all = [Method::Get, Method::Post, Method::Put, Method::Delete];
    let found = all.into_iter().find(|method| method.name() == name);
    found.ok_or_else(|| format!("`{name}` is no method"))
}

fn body(document: Document) -> Result<Body, String> {
    let media = Media::of_content_type(&document.media)
        .ok_or_else(|| format!("`{}` is no media type", document.media))?;
    Ok(Body { media, text: document.text })
}
