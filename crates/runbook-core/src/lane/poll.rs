//! The shared watch over tasks: one question per lane and interval, however many follow.

use std::collections::BTreeSet;
use std::time::Duration;

use em_api::operation::{GetTask, ListTasks, Operation};
use em_api::protocol::{Task, TaskId, TaskOutcome, TaskState};

use super::classify::{self, Question};
use super::traffic::{Followed, Poll, Purpose, back_off};
use super::{Lanes, Reply, Turn};
use crate::event::{LaneEvent, LaneId, Ticket};
use crate::step::{Snapshot, StepId, StepInput};
use crate::time::Timestamp;

/// The shortest time between two polls.
const QUICKEST: Duration = Duration::from_millis(200);
/// The longest.
const SLOWEST: Duration = Duration::from_secs(15);
/// How long before a follower's time is over the last poll comes.
const LAST_LOOK: Duration = Duration::from_secs(1);
/// A poll comes after this part of the time that the watch is old already, so that an end is
/// noticed at most an eighth late, and a long task costs few requests.
const PART: u32 = 8;

impl Lanes {
    pub(super) fn follow(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        followed: Followed,
        turn: &mut Turn,
    ) {
        let snapshot = match self.facts.tasks.get(&followed.step) {
            None => Snapshot::None,
            Some((lane, _)) => match self.traffic.ready.get_mut(lane) {
                None => Snapshot::Lost("it has ended".to_owned()),
                Some(ready) => {
                    let on_the_wire = ready.poll.as_ref().is_some_and(|poll| poll.due.is_none());
                    let due = if on_the_wire { None } else { Some(now) };
                    ready.poll = Some(Poll { since: now, due, troubles: 0 });
                    self.traffic.follows.insert(ticket, followed);
                    return;
                }
            },
        };
        let call = ticket.call;
        turn.told.push((ticket, StepInput::Observed(call, snapshot)));
    }

    pub(super) fn send_polls(&mut self, now: Timestamp, turn: &mut Turn) {
        let is_due = |poll: &Poll| poll.due.is_some_and(|due| due <= now);
        let lanes: Vec<_> = self
            .traffic
            .ready
            .iter()
            .filter(|(_, ready)| ready.poll.as_ref().is_some_and(is_due))
            .map(|(lane, _)| *lane)
            .collect();
        for lane in lanes {
            let tasks = self.followed(lane);
            let Some(ready) = self.traffic.ready.get_mut(&lane) else { continue };
            match (&mut ready.poll, tasks.first()) {
                (poll, None) => *poll = None,
                (Some(poll), Some(task)) => {
                    poll.due = None;
                    let only = (tasks.len() == 1).then(|| task.clone());
                    self.poll(lane, only, turn);
                }
                (None, Some(_)) => {}
            }
        }
    }

    fn poll(&mut self, lane: LaneId, only: Option<TaskId>, turn: &mut Turn) {
        match only {
            Some(task) => {
                let request = GetTask { task: task.clone() }.request(self.settings.media);
                self.ask(lane, request, Purpose::PollOne(task), turn);
            }
            None => self.list(lane, Purpose::PollAll, turn),
        }
    }

    /// The tasks of a lane that someone follows.
    fn followed(&self, lane: LaneId) -> BTreeSet<TaskId> {
        let steps = self.traffic.follows.values().map(|followed| &followed.step);
        let tasks = steps.filter_map(|step| self.facts.tasks.get(step));
        tasks.filter(|(of, _)| *of == lane).map(|(_, task)| task.clone()).collect()
    }

    pub(super) fn list_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        let tasks = match (classify::read(reply), reply) {
            (Question::Answered, Reply::Response(response)) => {
                ListTasks.answer(response).map_err(|error| error.to_string())
            }
            (class, _) => match self.poll_failed(lane, class, turn) {
                Some(why) => Err(why),
                None => return,
            },
        };
        match tasks {
            Ok(tasks) => self.listed(now, lane, &tasks, turn),
            Err(why) => self.poll_later(now, lane, Some(why), turn),
        }
    }

    /// The list tells who is still working. Whoever is over or missing is read once more alone:
    /// only that reading has the links, and only its 404 says «gone».
    fn listed(&mut self, now: Timestamp, lane: LaneId, tasks: &[Task], turn: &mut Turn) {
        for followed in self.followed(lane) {
            match tasks.iter().find(|task| task.id == followed) {
                Some(task) if task.outcome() == TaskOutcome::Pending => {
                    self.seen(lane, task, turn);
                }
                _ => self.poll(lane, Some(followed), turn),
            }
        }
        self.poll_later(now, lane, None, turn);
    }

    pub(super) fn task_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        task: &TaskId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        match (classify::read(reply), reply) {
            (Question::Answered, Reply::Response(response)) if response.status == 404 => {
                self.tell_followers(lane, task, &Snapshot::Gone, turn);
                self.poll_later(now, lane, None, turn);
            }
            (Question::Answered, Reply::Response(response)) => {
                match (GetTask { task: task.clone() }).answer(response) {
                    Ok(task) => {
                        self.seen(lane, &task, turn);
                        self.poll_later(now, lane, None, turn);
                    }
                    Err(error) => self.poll_later(now, lane, Some(error.to_string()), turn),
                }
            }
            (class, _) => {
                if let Some(why) = self.poll_failed(lane, class, turn) {
                    self.poll_later(now, lane, Some(why), turn);
                }
            }
        }
    }

    /// Returns why a poll is to be repeated; none where that would be of no use.
    fn poll_failed(&mut self, lane: LaneId, class: Question, turn: &mut Turn) -> Option<String> {
        match class {
            Question::Again(why) => Some(why),
            Question::SessionLost(why) => {
                self.lose(lane, &why, turn);
                None
            }
            Question::Untrusted(why) => {
                turn.fatal = Some(why);
                None
            }
            Question::Answered => None,
        }
    }

    fn seen(&mut self, lane: LaneId, task: &Task, turn: &mut Turn) {
        if task.state == TaskState::Finished
            && let Some(ready) = self.traffic.ready.get_mut(&lane)
        {
            ready.unfinished.remove(&task.id);
        }
        self.tell_followers(lane, &task.id, &Snapshot::Task(Box::new(task.clone())), turn);
    }

    fn tell_followers(
        &mut self,
        lane: LaneId,
        task: &TaskId,
        snapshot: &Snapshot,
        turn: &mut Turn,
    ) {
        let is_it = |step: &StepId| self.facts.tasks.get(step) == Some(&(lane, task.clone()));
        let followers: Vec<_> = self
            .traffic
            .follows
            .iter()
            .filter(|(_, followed)| is_it(&followed.step))
            .map(|(ticket, followed)| (ticket.clone(), followed.step.clone()))
            .collect();
        if let (Some((_, step)), Snapshot::Task(task)) = (followers.first(), snapshot) {
            let state = state_word(&task.state);
            self.happened(LaneEvent::TaskSeen { step: step.clone(), state }, turn);
        }
        for (ticket, _) in followers {
            let call = ticket.call;
            turn.told.push((ticket, StepInput::Observed(call, snapshot.clone())));
        }
    }

    pub(super) fn tell_lost(&mut self, lane: LaneId, why: &str, turn: &mut Turn) {
        for task in self.followed(lane) {
            self.tell_followers(lane, &task, &Snapshot::Lost(why.to_owned()), turn);
        }
    }

    fn poll_later(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        trouble: Option<String>,
        turn: &mut Turn,
    ) {
        let jitter = self.jitter(now);
        let last = self.last_look(now);
        let Some(poll) = self.traffic.ready.get_mut(&lane).and_then(|ready| ready.poll.as_mut())
        else {
            return;
        };
        poll.troubles = if trouble.is_some() { poll.troubles + 1 } else { 0 };
        let calm = (now.since(poll.since) / PART).clamp(QUICKEST, SLOWEST);
        let wait = if trouble.is_some() { back_off(poll.troubles) } else { calm.mul_f64(jitter) };
        poll.due = Some(last.map_or(now + wait, |last| last.min(now + wait)));
        if let Some(why) = trouble {
            let what = format!("watching tasks: {why}; asking again");
            self.happened(LaneEvent::Troubled { what }, turn);
        }
    }

    /// The next instant just before a follower's time is over: a task that is over by then is
    /// seen, however slow the polls have become.
    fn last_look(&self, now: Timestamp) -> Option<Timestamp> {
        let untils = self.traffic.follows.values().filter_map(|followed| followed.until);
        let looks = untils.map(|until| until - LAST_LOOK);
        looks.filter(|look| *look > now).min()
    }

    /// Between 0.9 and 1.1, so that many runs do not ask in step. From the seed and the clock
    /// alone, so that a run can be replayed.
    fn jitter(&self, now: Timestamp) -> f64 {
        let mixed = (self.settings.seed ^ now.as_millisecond().unsigned_abs())
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let [byte, ..] = mixed.to_be_bytes();
        0.9 + f64::from(byte) / 1275.0
    }
}

fn state_word(state: &TaskState) -> String {
    match state {
        TaskState::Running => "Running".to_owned(),
        TaskState::OperationFinished => "OperationFinished".to_owned(),
        TaskState::Finished => "Finished".to_owned(),
        TaskState::Other(other) => other.clone(),
    }
}
