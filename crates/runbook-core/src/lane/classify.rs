//! What an answer proves: one function for each sort of call, total over status and body.

use std::time::Duration;

use em_api::operation::accepted_task;
use em_api::protocol::{Fault, Response, TaskId};

use super::Reply;
use super::traffic::back_off;

/// What an answer to a request that creates a task proves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// EM has accepted it, as this task.
    Accepted(TaskId),
    /// EM has refused it; nothing has changed.
    Refused { status: u16, message: String },
    /// No byte was sent.
    NotSent { reason: String, untrusted: bool },
    /// It may or may not have happened.
    Unclear(String),
}

/// Classifies the answer to an action. Whatever is not proof is [`Written::Unclear`]: a 5xx or a
/// 408 may come from a proxy that has passed the request on, and a 202 without a readable task
/// says «accepted» and not as what. A task that shows another operation than `wanted` is none of
/// ours; one that shows none may be.
pub(super) fn write(reply: &Reply, wanted: &str) -> Written {
    let response = match reply {
        Reply::Response(response) => response,
        Reply::NotSent { reason, untrusted } => {
            return Written::NotSent { reason: reason.clone(), untrusted: *untrusted };
        }
        Reply::Unanswered { reason } => return Written::Unclear(reason.clone()),
        Reply::LoggedOn { .. } | Reply::Sessions(_) => {
            return Written::Unclear("another answer came".to_owned());
        }
    };
    match (response.status, accepted_task(response)) {
        (_, Ok(task)) if task.operation.is_empty() || task.operation == wanted => {
            Written::Accepted(task.id)
        }
        (_, Ok(task)) => Written::Unclear(format!(
            "EM answered with a task of another operation, {}",
            task.operation
        )),
        (300..=399 | 400..=407 | 409..=424 | 426..=428 | 430..=499 | 501, Err(_)) => {
            Written::Refused { status: response.status, message: said(response) }
        }
        (_, Err(error)) => Written::Unclear(error.to_string()),
    }
}

/// The longest that a server's wish to be left alone is followed: what runs on it will not wait.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// How long to wait before the next try, after so many failures of which this was the last: as
/// long as the server asks for, within reason, and else longer with each.
pub(super) fn pause(reply: &Reply, failures: u32) -> Duration {
    let asked = match reply {
        Reply::Response(response) => response.retry_after(),
        _ => None,
    };
    asked.unwrap_or_default().min(LONGEST_PAUSE).max(back_off(failures))
}

/// What an answer to a question is good for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// It is the answer, whatever it says.
    Answered,
    /// No answer; asking again is harmless.
    Again(String),
    /// The session has ended.
    SessionLost(String),
    /// The server is not the one that is trusted.
    Untrusted(String),
}

/// Classifies the answer to a question.
pub(super) fn read(reply: &Reply) -> Question {
    match reply {
        Reply::Response(response) => match response.status {
            401 => Question::SessionLost(said(response)),
            408 | 425 | 429 | 500 | 502..=599 => Question::Again(said(response)),
            _ => Question::Answered,
        },
        Reply::NotSent { reason, untrusted: true } => Question::Untrusted(reason.clone()),
        Reply::NotSent { reason, .. } | Reply::Unanswered { reason } => {
            Question::Again(reason.clone())
        }
        Reply::LoggedOn { .. } | Reply::Sessions(_) => Question::Answered,
    }
}

/// What an answer to the wish to stop a task proves. That the task has stopped, none does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cancelled {
    /// EM has taken the wish.
    Asked,
    /// EM does not know the task.
    Gone(String),
    /// EM will not.
    Refused { status: u16, message: String },
    /// No clear answer; the wish may be repeated.
    Again(String),
    /// The session has ended.
    SessionLost(String),
    /// No byte was sent.
    NotSent { reason: String, untrusted: bool },
}

/// Classifies the answer to a `DELETE` of a task.
pub(super) fn cancel(reply: &Reply) -> Cancelled {
    let response = match reply {
        Reply::Response(response) => response,
        Reply::NotSent { reason, untrusted } => {
            return Cancelled::NotSent { reason: reason.clone(), untrusted: *untrusted };
        }
        Reply::Unanswered { reason } => return Cancelled::Again(reason.clone()),
        Reply::LoggedOn { .. } | Reply::Sessions(_) => {
            return Cancelled::Again("another answer came".to_owned());
        }
    };
    match response.status {
        200..=299 => Cancelled::Asked,
        401 => Cancelled::SessionLost(said(response)),
        404 => Cancelled::Gone(said(response)),
        408 | 425 | 429 | 500 | 502..=599 => Cancelled::Again(said(response)),
        status => Cancelled::Refused { status, message: said(response) },
    }
}

/// What an answer to a logon means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LoggedOn {
    /// The lane is open.
    Open(String),
    /// It may be tried again, this often in all.
    Again { why: String, tries: u32 },
    /// It must not be: accounts lock.
    Refused(String),
    /// The server is not the one that is trusted.
    Untrusted(String),
}

/// Classifies the answer to a logon.
pub(super) fn logon(reply: &Reply) -> LoggedOn {
    match reply {
        Reply::LoggedOn { session } => LoggedOn::Open(session.clone()),
        Reply::Response(response) => match response.status {
            401 => LoggedOn::Refused(format!("EM refused the logon: {}", said(response))),
            503 => LoggedOn::Again { why: said(response), tries: 5 },
            200..=299 | 408 | 425 | 429 | 500 | 502 | 504..=599 => {
                LoggedOn::Again { why: said(response), tries: 3 }
            }
            _ => LoggedOn::Refused(format!("EM did not log us on: {}", said(response))),
        },
        Reply::Sessions(_) => LoggedOn::Again { why: "another answer came".to_owned(), tries: 3 },
        Reply::NotSent { reason, untrusted: true } => LoggedOn::Untrusted(reason.clone()),
        Reply::NotSent { reason, .. } => LoggedOn::Again { why: reason.clone(), tries: 4 },
        Reply::Unanswered { reason } => {
            let why = format!("{reason}; a session of ours may be left behind until it idles out");
            LoggedOn::Again { why, tries: 3 }
        }
    }
}

/// What an answer to the end of a session proves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// There is no such session any more.
    Gone,
    /// There may be.
    Unclear(String),
}

/// Classifies the answer to a `DELETE` of a logon session. Servers were seen to answer 500 for a
/// session that they do not know, and anything on the way may answer 404: only a list can tell
/// then.
pub(super) fn end(reply: &Reply) -> Ended {
    match reply {
        Reply::Response(response) => match response.status {
            200..=299 => Ended::Gone,
            _ => Ended::Unclear(said(response)),
        },
        Reply::NotSent { reason, .. } | Reply::Unanswered { reason } => {
            Ended::Unclear(reason.clone())
        }
        Reply::LoggedOn { .. } | Reply::Sessions(_) => {
            Ended::Unclear("another answer came".to_owned())
        }
    }
}

/// The status, and what the server said with it.
pub(super) fn said(response: &Response) -> String {
    let fault = Fault::read(response);
    if fault.message.is_empty() {
        return format!("status {}", response.status);
    }
    format!("status {}, «{}»", response.status, fault.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNDO: &str = "UndoFailoverPlan";
    const TASK: &str = "<Task xmlns=\"http://www.veeam.com/ent/v1.0\" Type=\"Task\">\
                        <TaskId>task-7</TaskId><State>Running</State>\
                        <Operation>UndoFailoverPlan</Operation></Task>";

    fn answer(status: u16, body: &str) -> Reply {
        let headers = vec![("Content-Type".to_owned(), "application/xml".to_owned())];
        Reply::Response(Response { status, headers, body: body.as_bytes().to_vec() })
    }

    fn word(status: u16, body: &str) -> &'static str {
        match write(&answer(status, body), UNDO) {
            Written::Accepted(_) => "accepted",
            Written::Refused { .. } => "refused",
            Written::NotSent { .. } => "not sent",
            Written::Unclear(_) => "unclear",
        }
    }

    #[test]
    fn only_a_202_with_a_task_is_accepted_and_only_a_clear_no_is_refused() {
        for status in 100..=599 {
            for body in ["", "<html>busy</html>", &TASK[..60], TASK] {
                let expected = match status {
                    202 if body == TASK => "accepted",
                    408 | 425 | 429 => "unclear",
                    300..=499 | 501 => "refused",
                    _ => "unclear",
                };
                assert_eq!(word(status, body), expected, "status {status}, body {body:?}");
            }
        }
    }

    #[test]
    fn a_task_of_another_operation_is_no_acceptance_and_one_without_is() {
        let task = |operation: &str| answer(202, &TASK.replace(UNDO, operation));
        assert!(matches!(write(&task(""), UNDO), Written::Accepted(_)));
        assert!(matches!(write(&task("StartFailoverPlan"), UNDO), Written::Unclear(_)));
    }

    #[test]
    fn a_connection_that_never_was_is_proof_and_one_that_broke_is_not() {
        let reason = "reset".to_owned();
        let not_sent = Reply::NotSent { reason: reason.clone(), untrusted: false };
        assert!(matches!(write(&not_sent, UNDO), Written::NotSent { .. }));
        let unanswered = Reply::Unanswered { reason: reason.clone() };
        assert_eq!(write(&unanswered, UNDO), Written::Unclear(reason));
    }

    #[test]
    fn a_server_is_left_alone_as_long_as_it_asks_and_no_longer_than_is_bearable() {
        let said = |value: &str| {
            let headers = vec![("retry-after".to_owned(), value.to_owned())];
            Reply::Response(Response { status: 503, headers, body: Vec::new() })
        };
        let table = [("7", 7), ("0", 2), ("-3", 2), ("99999999999", 300), ("soon", 2), ("", 2)];
        for (value, seconds) in table {
            assert_eq!(pause(&said(value), 2), Duration::from_secs(seconds), "{value:?}");
        }
        let date = said("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(pause(&date, 3), Duration::from_secs(4));
        assert_eq!(pause(&answer(503, ""), 1), Duration::from_secs(1));
    }

    #[test]
    fn every_status_of_a_read_a_cancel_and_a_logon_has_one_meaning() {
        for status in 100..=599 {
            let reply = answer(status, "");
            let again = matches!(status, 408 | 425 | 429 | 500 | 502..=599);
            assert_eq!(matches!(read(&reply), Question::Again(_)), again, "read {status}");
            assert_eq!(matches!(cancel(&reply), Cancelled::Again(_)), again, "cancel {status}");
            let asked = (200..300).contains(&status);
            assert_eq!(cancel(&reply) == Cancelled::Asked, asked, "cancel {status}");
            let again = again || asked;
            assert_eq!(matches!(logon(&reply), LoggedOn::Again { .. }), again, "logon {status}");
        }
        assert!(matches!(read(&answer(401, "")), Question::SessionLost(_)));
        assert!(matches!(cancel(&answer(404, "")), Cancelled::Gone(_)));
    }
}
