//! Actions: sent once, and what became of them found out.

use std::collections::VecDeque;

use em_api::operation::{DeleteTask, ListTasks, Operation};
use em_api::protocol::{Method, Task, TaskId};

use super::classify::{self, Cancelled, Question, Written};
use super::facts::Settled;
use super::traffic::{CancelJob, Look, Purpose, WriteJob, back_off};
use super::{Call, Lanes, Reply, Turn};
use crate::event::{How, Intent, LaneEvent, LaneId, Ticket};
use crate::step::{Acted, Action, Evidence, Failure, StepId, StepInput};
use crate::time::Timestamp;

/// How often a connection is tried where nothing was ever sent.
const NOT_SENT_TRIES: u32 = 6;
/// How often the wish to stop a task is repeated where its answer is not clear.
const CANCEL_TRIES: u32 = 3;

impl Lanes {
    pub(super) fn want_action(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        action: Action,
        until: Option<Timestamp>,
        turn: &mut Turn,
    ) {
        if self.facts.open.contains_key(&ticket) && matches!(action, Action::Write(_)) {
            // An earlier process has sent it, or was about to: what became of it is looked for.
            return;
        }
        let settled = self.facts.settled.get(&ticket).cloned();
        match action {
            Action::Write(write) => {
                let sessions_lost = match settled {
                    None | Some(Settled::NotSent { .. }) => 0,
                    Some(Settled::Refused { attempt: 1, status: 401, .. }) => 1,
                    Some(settled) => return tell(turn, ticket, settled.into()),
                };
                let attempt = self.facts.next_attempt(&ticket);
                let (failures, due) = (0, now);
                let job = WriteJob { ticket, write, attempt, failures, sessions_lost, due, until };
                self.traffic.want_write(job);
            }
            Action::CancelTask(step) => {
                match settled {
                    None | Some(Settled::NotSent { .. }) => {}
                    Some(settled) => return tell(turn, ticket, settled.into()),
                }
                self.want_cancel(now, ticket, &step, turn);
            }
        }
    }

    fn want_cancel(&mut self, now: Timestamp, ticket: Ticket, step: &StepId, turn: &mut Turn) {
        // One of an earlier process may have reached EM.
        let (attempt, sent) =
            (self.facts.next_attempt(&ticket), self.facts.open.contains_key(&ticket));
        let task = self.facts.tasks.get(step).map(|ours| (ours.lane, ours.id.clone()));
        match task {
            Some((lane, task)) if self.will_be_seen(step) => {
                let job = CancelJob { ticket, lane, task, attempt, tries: 0, sent, due: now };
                self.traffic.cancels.push_back(job);
            }
            Some(_) => tell(turn, ticket, not_sent("its logon session is lost")),
            None => tell(turn, ticket, not_sent("the step has no task")),
        }
    }

    pub(super) fn send_writes(&mut self, now: Timestamp, turn: &mut Turn) {
        let is_over = self.traffic.patience.is_some_and(|until| until <= now);
        if !is_over && self.traffic.free_lane(&self.facts).is_none() {
            return;
        }
        let may_act = self.traffic.may_act(now, &self.facts);
        if !is_over {
            return self.send_first_writes(now, may_act, turn);
        }
        self.traffic.patience = None;
        for job in std::mem::take(&mut self.traffic.writes) {
            if job.until.is_some_and(|until| until <= now) {
                tell(turn, job.ticket, not_sent("the time of the step was over"));
                continue;
            }
            match self.traffic.free_lane(&self.facts) {
                Some(lane)
                    if may_act && job.due <= now && self.facts.is_past_doubt(&job.ticket.step) =>
                {
                    self.send_write(lane, job, turn);
                }
                _ => self.traffic.want_write(job),
            }
        }
    }

    /// As many actions as there are lanes for them. Those behind are not looked at: a thousand
    /// may wait.
    fn send_first_writes(&mut self, now: Timestamp, may_act: bool, turn: &mut Turn) {
        if !may_act {
            return;
        }
        let mut passed = VecDeque::new();
        while let Some(lane) = self.traffic.free_lane(&self.facts) {
            let Some(job) = self.traffic.writes.pop_front() else { break };
            if job.due <= now && self.facts.is_past_doubt(&job.ticket.step) {
                self.send_write(lane, job, turn);
            } else {
                passed.push_back(job);
            }
        }
        passed.append(&mut self.traffic.writes);
        self.traffic.writes = passed;
        if self.traffic.writes.is_empty() {
            self.traffic.patience = None;
        }
    }

    fn send_write(&mut self, lane: LaneId, job: WriteJob, turn: &mut Turn) {
        let request = job.write.request.clone();
        let intent = Intent {
            attempt: job.attempt,
            method: request.method,
            target: request.target.clone(),
            body: request.body.clone(),
            operation: Some(job.write.operation.to_owned()),
            object: job.write.object.clone(),
        };
        self.happened(LaneEvent::Intended { lane, ticket: job.ticket.clone(), intent }, turn);
        self.send(lane, Call::Request { request, writing: true }, Purpose::Write(job), turn);
    }

    pub(super) fn write_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        job: WriteJob,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        let ticket = job.ticket.clone();
        match classify::write(reply, job.write.operation) {
            Written::Accepted(task) => self.accepted(lane, ticket, task, How::Answered, turn),
            Written::Refused { status, message } => {
                let event = LaneEvent::Refused { ticket, status, message: message.clone() };
                self.happened(event, turn);
                self.refused(now, lane, job, status, message, turn);
            }
            Written::NotSent { reason, untrusted } => {
                self.happened(LaneEvent::NotSent { ticket, reason: reason.clone() }, turn);
                if untrusted {
                    Self::unreachable(reason.clone(), turn);
                }
                self.was_not_sent(now, job, &reason, turn);
            }
            Written::Unclear(reason) => {
                self.happened(LaneEvent::Unanswered { ticket, reason }, turn);
                self.look_for(now, lane, job.ticket, turn);
            }
        }
    }

    fn accepted(&mut self, lane: LaneId, ticket: Ticket, task: TaskId, how: How, turn: &mut Turn) {
        if let Some(ready) = self.traffic.ready.get_mut(&lane) {
            ready.unfinished.insert(task.clone());
        }
        let evidence = Evidence { task: Some(task.to_string()), findings: Vec::new() };
        self.happened(LaneEvent::Accepted { lane, ticket: ticket.clone(), task, how }, turn);
        tell(turn, ticket, Acted::Accepted(evidence));
    }

    /// A 401 says that the session has ended, so a new session may try once more: the first
    /// request was refused, which is proof that it did nothing.
    fn refused(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        mut job: WriteJob,
        status: u16,
        message: String,
        turn: &mut Turn,
    ) {
        if status == 401 {
            self.shun(now, lane, &message, turn);
            job.sessions_lost += 1;
            if job.sessions_lost == 1 {
                (job.attempt, job.due) = (job.attempt + 1, now);
                self.traffic.want_write(job);
                return;
            }
        }
        tell(turn, job.ticket, Acted::Refused(Failure { message, status: Some(status) }));
    }

    fn was_not_sent(&mut self, now: Timestamp, mut job: WriteJob, why: &str, turn: &mut Turn) {
        if self.traffic.stopped || turn.fatal.is_some() {
            // Its step stays open: a later process tries again.
            return;
        }
        job.failures += 1;
        if job.failures >= NOT_SENT_TRIES {
            tell(turn, job.ticket, not_sent(why));
            return;
        }
        job.due = now + back_off(job.failures);
        job.attempt += 1;
        let what = format!("{}: {why}; nothing was sent, trying again", job.write.object);
        self.happened(LaneEvent::Troubled { what }, turn);
        self.traffic.want_write(job);
    }

    /// Begins the search for the task of an action whose answer was lost.
    pub(super) fn look_for(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        ticket: Ticket,
        turn: &mut Turn,
    ) {
        let lists = self.facts.lanes.get(&lane).is_some_and(|lane| lane.known.is_some());
        let until = now + self.settings.patience;
        match self.traffic.ready.get_mut(&lane) {
            Some(ready) if lists => {
                let (tries, due, is_over) = (0, Some(now), false);
                ready.look = Some(Look { ticket, until, tries, due, is_over });
            }
            Some(_) => {
                let finding = "EM lists no tasks here, so nothing can show what became of it";
                self.found_nothing(now, lane, ticket, finding.to_owned());
            }
            // Its session was lost while it was on the wire.
            None => self.settle_fenced(turn),
        }
    }

    pub(super) fn send_looks(&mut self, now: Timestamp, turn: &mut Turn) {
        let mut due = Vec::new();
        for (lane, ready) in &mut self.traffic.ready {
            if let Some(look) = &mut ready.look
                && !look.is_over
                && look.due.is_some_and(|at| at <= now)
            {
                look.due = None;
                due.push((*lane, look.ticket.clone()));
            }
        }
        for (lane, ticket) in due {
            self.list(lane, Purpose::Look(ticket), turn);
        }
    }

    pub(super) fn look_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        ticket: &Ticket,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        let tasks = match (classify::read(reply), reply) {
            (Question::SessionLost(why), _) => return self.lose(now, lane, &why, turn),
            (Question::Untrusted(why), _) => return Self::unreachable(why, turn),
            (Question::Again(why), _) => Err(why),
            (Question::Answered, Reply::Response(response)) => {
                ListTasks.answer(response).map_err(|error| error.to_string())
            }
            (Question::Answered, _) => return,
        };
        match tasks {
            Ok(tasks) => self.looked(now, lane, ticket, &tasks, turn),
            Err(why) => self.look_again(now, lane, &format!("the list of tasks: {why}")),
        }
    }

    pub(super) fn looked(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        ticket: &Ticket,
        tasks: &[Task],
        turn: &mut Turn,
    ) {
        // The lane was lost while the question was on the wire: that has decided.
        if !self.facts.open.contains_key(ticket) {
            return;
        }
        let known = self.facts.lanes.get(&lane).and_then(|lane| lane.known.as_ref());
        let is_new = |task: &&Task| known.is_some_and(|known| !known.contains(&task.id));
        let wanted = self.facts.open.get(ticket).and_then(|action| action.operation.clone());
        let new: Vec<_> = tasks.iter().filter(is_new).collect();
        match new.as_slice() {
            [] => self.look_again(now, lane, "no new task in the list"),
            [task] if wanted.as_deref() == Some(task.operation.as_str()) => {
                let task = task.id.clone();
                self.end_look(lane);
                self.accepted(lane, ticket.clone(), task, How::Adopted, turn);
            }
            several => {
                let shown: Vec<_> = several
                    .iter()
                    .map(|task| format!("{} ({})", task.id, task.operation))
                    .collect();
                let finding = format!(
                    "the list of tasks has {} that may or may not be ours",
                    shown.join(" and ")
                );
                self.found_nothing(now, lane, ticket.clone(), finding);
            }
        }
    }

    fn look_again(&mut self, now: Timestamp, lane: LaneId, finding: &str) {
        let patience = crate::time::Words(self.settings.patience);
        let Some(ready) = self.traffic.ready.get_mut(&lane) else { return };
        // One that is over waits for its session to end, and asks nothing more.
        let Some(look) = ready.look.as_mut().filter(|look| !look.is_over) else { return };
        if now < look.until {
            look.tries += 1;
            look.due = Some((now + back_off(look.tries)).min(look.until));
            return;
        }
        let ticket = look.ticket.clone();
        self.found_nothing(now, lane, ticket, format!("looked for {patience}: {finding}"));
    }

    pub(super) fn end_look(&mut self, lane: LaneId) {
        if let Some(ready) = self.traffic.ready.get_mut(&lane) {
            ready.look = None;
        }
    }

    pub(super) fn undecided(&mut self, ticket: Ticket, findings: Vec<String>, turn: &mut Turn) {
        let evidence = Evidence { task: None, findings: findings.clone() };
        self.happened(LaneEvent::Undecided { ticket: ticket.clone(), findings }, turn);
        tell(turn, ticket, Acted::Unknown(evidence));
    }

    pub(super) fn send_cancels(&mut self, now: Timestamp, turn: &mut Turn) {
        for _ in 0..self.traffic.cancels.len() {
            let Some(job) = self.traffic.cancels.pop_front() else { return };
            let is_rejoining = self.traffic.rejoins.contains_key(&job.lane);
            if !is_rejoining && !self.traffic.ready.contains_key(&job.lane) {
                self.cannot_cancel(job, "its logon session is lost", turn);
                continue;
            }
            // Somebody else may be driving the task by now.
            if job.due > now || is_rejoining || !self.traffic.may_act(now, &self.facts) {
                self.traffic.cancels.push_back(job);
                continue;
            }
            let request = DeleteTask { task: job.task.clone() }.request(self.settings.media);
            if job.tries == 0 {
                let intent = Intent {
                    attempt: job.attempt,
                    method: Method::Delete,
                    target: request.target.clone(),
                    body: None,
                    operation: None,
                    object: job.task.to_string(),
                };
                let (lane, ticket) = (job.lane, job.ticket.clone());
                self.happened(LaneEvent::Intended { lane, ticket, intent }, turn);
            }
            let lane = job.lane;
            self.send(lane, Call::Request { request, writing: true }, Purpose::Cancel(job), turn);
        }
    }

    pub(super) fn cancel_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        mut job: CancelJob,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        let ticket = job.ticket.clone();
        match classify::cancel(reply) {
            Cancelled::Asked => {
                self.happened(LaneEvent::Done { ticket: ticket.clone() }, turn);
                tell(turn, ticket, Acted::Done);
            }
            Cancelled::Refused { status, message } => {
                let failure = Failure { message: message.clone(), status: Some(status) };
                let event = LaneEvent::Refused { ticket: ticket.clone(), status, message };
                self.happened(event, turn);
                tell(turn, ticket, Acted::Refused(failure));
            }
            Cancelled::Gone(why) => self.undecided(ticket, vec![why], turn),
            Cancelled::SessionLost(why) => {
                self.undecided(ticket, vec![why.clone()], turn);
                self.lose(now, lane, &why, turn);
            }
            Cancelled::Again(why) => {
                job.sent = true;
                self.cancel_again(now, job, &why, turn);
            }
            Cancelled::NotSent { reason, untrusted } => {
                if untrusted {
                    Self::unreachable(reason.clone(), turn);
                }
                self.cancel_again(now, job, &reason, turn);
            }
        }
    }

    /// Its step knows what became of the task, so what became of the wish does not matter. It may
    /// have been one of an earlier process.
    pub(super) fn abandon_a_cancel(&mut self, ticket: Ticket, turn: &mut Turn) {
        let is_open = self.facts.open.get(&ticket).is_some_and(|action| action.operation.is_none());
        if is_open && !self.is_on_the_wire(&ticket) {
            self.traffic.cancels.retain(|job| job.ticket != ticket);
            let findings = vec!["the task was seen before the wish was repeated".to_owned()];
            self.happened(LaneEvent::Undecided { ticket, findings }, turn);
        }
    }

    /// The wish is given up. Where a try may have reached EM, what came of it is not known.
    fn cannot_cancel(&mut self, job: CancelJob, why: &str, turn: &mut Turn) {
        let ticket = job.ticket;
        let is_stopped = self.traffic.stopped || turn.fatal.is_some();
        if job.sent && is_stopped {
            return;
        }
        if job.sent {
            // Where its session was lost meanwhile, that has been said already.
            if self.facts.open.contains_key(&ticket) {
                self.undecided(ticket, vec![why.to_owned()], turn);
            }
            return;
        }
        if self.facts.open.contains_key(&ticket) {
            let event = LaneEvent::NotSent { ticket: ticket.clone(), reason: why.to_owned() };
            self.happened(event, turn);
        }
        // Else a later process tries again.
        if !is_stopped {
            tell(turn, ticket, not_sent(why));
        }
    }

    fn cancel_again(&mut self, now: Timestamp, mut job: CancelJob, why: &str, turn: &mut Turn) {
        job.tries += 1;
        if job.tries >= CANCEL_TRIES || self.traffic.stopped || turn.fatal.is_some() {
            return self.cannot_cancel(job, why, turn);
        }
        job.due = now + back_off(job.tries);
        let what = format!("DELETE of {}: {why}; trying again", job.task);
        self.happened(LaneEvent::Troubled { what }, turn);
        self.traffic.cancels.push_back(job);
    }
}

impl From<Settled> for Acted {
    fn from(settled: Settled) -> Self {
        match settled {
            Settled::Accepted(task) => {
                Self::Accepted(Evidence { task: Some(task.to_string()), findings: Vec::new() })
            }
            Settled::Done => Self::Done,
            Settled::Refused { status, message, .. } => {
                Self::Refused(Failure { message, status: Some(status) })
            }
            Settled::NotSent { reason, .. } => not_sent(&reason),
            Settled::Undecided(findings) => Self::Unknown(Evidence { task: None, findings }),
        }
    }
}

fn tell(turn: &mut Turn, ticket: Ticket, acted: Acted) {
    let call = ticket.call;
    turn.told.push((ticket, StepInput::Acted(call, acted)));
}

fn not_sent(why: &str) -> Acted {
    Acted::NotSent(Failure { message: why.to_owned(), status: None })
}
