//! Questions of steps: harmless to repeat, and repeated until they are answered.

use std::time::Duration;

use super::classify::{self, Question};
use super::traffic::{AT_ONCE, Purpose, ReadJob};
use super::{Lanes, Reply, Turn};
use crate::event::{LaneEvent, LaneId, Ticket};
use crate::step::{Answer, Failure, Shared, StepInput};
use crate::time::Timestamp;

/// How often a question is asked before its step is told that there is no answer.
const TRIES: u32 = 8;
/// The same where answers come and cannot be read: more of them will not help.
const UNREADABLE_TRIES: u32 = 5;

/// What follows from an answer that was none.
#[derive(Clone, Copy)]
struct Failed {
    /// How often the question is asked in all.
    tries: u32,
    /// How long it waits for the next time.
    pause: Duration,
}

impl Lanes {
    pub(super) fn send_reads(&mut self, now: Timestamp, turn: &mut Turn) {
        let Some(lane) = self.traffic.any_lane() else { return };
        for _ in 0..self.traffic.reads.len() {
            if self.traffic.reading >= AT_ONCE {
                return;
            }
            let Some(job) = self.traffic.reads.pop_front() else { return };
            if job.due > now {
                self.traffic.reads.push_back(job);
                continue;
            }
            let request = job.request.clone();
            let mut jobs = vec![job];
            // Whoever waits with the same question shares the answer. One that is on the wire
            // already is not shared: it may show what was before.
            if self.traffic.reads.iter().any(|job| job.request == request) {
                let reads = std::mem::take(&mut self.traffic.reads);
                let same = |job: &ReadJob| job.due <= now && job.request == request;
                let (same, others) = reads.into_iter().partition::<Vec<_>, _>(same);
                jobs.extend(same);
                self.traffic.reads = others.into();
            }
            self.traffic.reading += 1;
            self.ask(lane, request, Purpose::Read(jobs), turn);
        }
    }

    pub(super) fn read_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        jobs: Vec<ReadJob>,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        let (class, tries) = match (classify::read(reply), reply) {
            (Question::Answered, Reply::Response(response)) if response.status == 200 => {
                match response.check_body() {
                    Ok(()) => (Question::Answered, TRIES),
                    Err(why) => (Question::Again(why), UNREADABLE_TRIES),
                }
            }
            (class, _) => (class, TRIES),
        };
        match &class {
            Question::SessionLost(why) => self.shun(now, lane, why, turn),
            Question::Untrusted(why) => return Self::unreachable(why.clone(), turn),
            Question::Again(_) | Question::Answered => {}
        }
        let response = match reply {
            Reply::Response(response) => Some(response.clone().into()),
            _ => None,
        };
        for job in jobs {
            let failed = Failed { tries, pause: classify::pause(reply, job.tries + 1) };
            self.was_read(now, job, &class, response.clone(), failed, turn);
        }
    }

    fn was_read(
        &mut self,
        now: Timestamp,
        mut job: ReadJob,
        class: &Question,
        response: Option<Shared>,
        failed: Failed,
        turn: &mut Turn,
    ) {
        match (class, response) {
            (Question::SessionLost(_), response) => {
                job.sessions_lost += 1;
                match response {
                    _ if job.is_abandoned => {}
                    Some(response) if job.sessions_lost > 1 => {
                        tell(turn, job.ticket, Answer::Response(response));
                    }
                    _ => self.traffic.reads.push_back(job),
                }
            }
            _ if job.is_abandoned => {}
            (Question::Again(why), response) => {
                job.tries += 1;
                if job.tries < failed.tries {
                    job.due = now + failed.pause;
                    let what = format!("GET {}: {why}; asking again", job.request.target);
                    let event = LaneEvent::Troubled { what };
                    // Said once for all who share the question.
                    if turn.events.last() != Some(&event) {
                        self.happened(event, turn);
                    }
                    self.traffic.reads.push_back(job);
                    return;
                }
                let tries = failed.tries;
                let answer = match response {
                    Some(response) => Answer::Response(response),
                    None => Answer::None(Failure {
                        message: format!("no answer after {tries} tries; the last: {why}"),
                        status: None,
                    }),
                };
                tell(turn, job.ticket, answer);
            }
            (Question::Answered, Some(response)) => {
                tell(turn, job.ticket, Answer::Response(response));
            }
            (Question::Untrusted(_) | Question::Answered, _) => {}
        }
    }
}

fn tell(turn: &mut Turn, ticket: Ticket, answer: Answer) {
    let call = ticket.call;
    turn.told.push((ticket, StepInput::Answered(call, answer)));
}
