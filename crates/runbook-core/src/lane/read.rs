//! Questions of steps: harmless to repeat, and repeated until they are answered.

use super::classify::{self, Question};
use super::traffic::{AT_ONCE, Purpose, ReadJob};
use super::{Lanes, Reply, Turn};
use crate::event::{LaneEvent, LaneId, Ticket};
use crate::step::{Answer, Failure, StepInput};
use crate::time::Timestamp;

/// How often a question is asked before its step is told that there is no answer.
const TRIES: u32 = 8;
/// The same where answers come and cannot be read: more of them will not help.
const UNREADABLE_TRIES: u32 = 5;

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
            self.traffic.reading += 1;
            self.ask(lane, request, Purpose::Read(job), turn);
        }
    }

    pub(super) fn read_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        mut job: ReadJob,
        reply: Reply,
        turn: &mut Turn,
    ) {
        let (class, tries) = match (classify::read(&reply), &reply) {
            (Question::Answered, Reply::Response(response)) if response.status == 200 => {
                match response.check_body() {
                    Ok(()) => (Question::Answered, TRIES),
                    Err(why) => (Question::Again(why), UNREADABLE_TRIES),
                }
            }
            (class, _) => (class, TRIES),
        };
        match (class, reply) {
            (Question::SessionLost(why), reply) => {
                self.shun(now, lane, &why, turn);
                job.sessions_lost += 1;
                match reply {
                    _ if job.is_abandoned => {}
                    Reply::Response(response) if job.sessions_lost > 1 => {
                        tell(turn, job.ticket, Answer::Response(response));
                    }
                    _ => self.traffic.reads.push_back(job),
                }
            }
            (Question::Untrusted(why), _) => Self::unreachable(why, turn),
            _ if job.is_abandoned => {}
            (Question::Again(why), reply) => {
                job.tries += 1;
                if job.tries < tries {
                    job.due = now + classify::pause(&reply, job.tries);
                    let what = format!("GET {}: {why}; asking again", job.request.target);
                    self.happened(LaneEvent::Troubled { what }, turn);
                    self.traffic.reads.push_back(job);
                    return;
                }
                let answer = match reply {
                    Reply::Response(response) => Answer::Response(response),
                    _ => Answer::None(Failure {
                        message: format!("no answer after {tries} tries; the last: {why}"),
                        status: None,
                    }),
                };
                tell(turn, job.ticket, answer);
            }
            (Question::Answered, Reply::Response(response)) => {
                tell(turn, job.ticket, Answer::Response(response));
            }
            (Question::Answered, _) => {}
        }
    }
}

fn tell(turn: &mut Turn, ticket: Ticket, answer: Answer) {
    let call = ticket.call;
    turn.told.push((ticket, StepInput::Answered(call, answer)));
}
