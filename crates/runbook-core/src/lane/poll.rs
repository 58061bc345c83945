//! The shared watch over tasks: one question per lane and interval, however many follow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use em_api::operation::{GetTask, ListTasks, Operation};
use em_api::protocol::{Task, TaskId, TaskOutcome, TaskState};

use super::classify::{self, Question};
use super::facts::OurTask;
use super::traffic::{AT_ONCE, Purpose};
use super::{Lanes, Reply, Turn};
use crate::event::{LaneEvent, LaneId, Ticket};
use crate::step::{Snapshot, StepId, StepInput};
use crate::time::Timestamp;

/// Operations whose tasks link to nothing but themselves (reference page *failoverPlans*), so that
/// a list shows all that there is to know of a success.
const WITHOUT_LINKS: [&str; 2] = ["StartFailoverPlan", "UndoFailoverPlan"];
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
        step: StepId,
        until: Option<Timestamp>,
        turn: &mut Turn,
    ) {
        let snapshot = match self.facts.tasks.get(&step) {
            None => match self.facts.ruled.get(&step) {
                Some(by) => Snapshot::Ruled(by.clone()),
                None => Snapshot::None,
            },
            Some(OurTask { lane, .. }) if self.traffic.rejoins.contains_key(lane) => {
                return self.traffic.follows.add(ticket, step, until);
            }
            Some(OurTask { lane, .. }) => match self.traffic.ready.get_mut(lane) {
                None => match self.traffic.finals.get(&step) {
                    Some(task) => Snapshot::Task(Box::new(task.clone())),
                    None => Snapshot::Lost("it has ended".to_owned()),
                },
                Some(ready) => {
                    // At once, unless others are followed already: a thousand watches that
                    // begin together must not ask for the list a thousand times.
                    let due =
                        ready.poll.due.map_or(now, |due| due.min(now + self.settings.poll_every));
                    (ready.poll.since, ready.poll.due) = (now, Some(due));
                    self.traffic.follows.add(ticket, step, until);
                    return;
                }
            },
        };
        let call = ticket.call;
        turn.told.push((ticket, StepInput::Observed(call, snapshot)));
    }

    /// Asks for what is due: one task alone, or the whole list where more are followed. Whoever
    /// the list shows as over or missing is then read alone, a few at a time; and so is each
    /// where EM gives no list.
    pub(super) fn send_polls(&mut self, now: Timestamp, turn: &mut Turn) {
        for lane in self.traffic.ready.keys().copied().collect::<Vec<_>>() {
            self.poll_if_due(now, lane, turn);
            self.read_alone(lane, turn);
        }
    }

    fn poll_if_due(&mut self, now: Timestamp, lane: LaneId, turn: &mut Turn) {
        let due = self.traffic.ready.get(&lane).and_then(|ready| ready.poll.due);
        if due.is_none_or(|due| due > now) {
            return;
        }
        let mut tasks: BTreeSet<_> = self.followed(lane).into_keys().collect();
        if self.is_leaving(lane)
            && let Some(ready) = self.traffic.ready.get(&lane)
        {
            tasks.extend(ready.unfinished.iter().cloned());
        }
        let next = self.next_poll(now, lane);
        let lists_nothing = self.facts.lanes.get(&lane).is_some_and(|lane| lane.known.is_none());
        let Some(ready) = self.traffic.ready.get_mut(&lane) else { return };
        ready.poll.due = (!tasks.is_empty()).then_some(next);
        match tasks.len() {
            0 => {}
            1 => ready.poll.want_alone(tasks),
            _ if lists_nothing => ready.poll.want_alone(tasks),
            _ if ready.poll.is_listing => {}
            _ => {
                ready.poll.is_listing = true;
                self.list(lane, Purpose::PollAll, turn);
            }
        }
    }

    fn read_alone(&mut self, lane: LaneId, turn: &mut Turn) {
        loop {
            let Some(ready) = self.traffic.ready.get_mut(&lane) else { return };
            let poll = &mut ready.poll;
            if poll.asked.len() >= AT_ONCE {
                return;
            }
            let Some(task) = poll.alone.pop_first() else { return };
            poll.asked.insert(task.clone());
            let request = GetTask { task: task.clone() }.request(self.settings.media);
            self.ask(lane, request, Purpose::PollOne(task), turn);
        }
    }

    /// The tasks of a lane that someone follows, each with its step.
    pub(super) fn followed(&self, lane: LaneId) -> BTreeMap<TaskId, StepId> {
        let ours = |step: &StepId| {
            let task = self.facts.tasks.get(step).filter(|task| task.lane == lane)?;
            Some((task.id.clone(), step.clone()))
        };
        self.traffic.follows.steps().filter_map(ours).collect()
    }

    pub(super) fn list_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        if let Some(ready) = self.traffic.ready.get_mut(&lane) {
            ready.poll.is_listing = false;
        }
        match (classify::read(reply), reply) {
            (Question::Answered, Reply::Response(response)) => match ListTasks.answer(response) {
                Ok(tasks) => self.listed(lane, &tasks, turn),
                Err(error) => self.poll_troubled(now, lane, reply, &error.to_string(), turn),
            },
            (class, _) => self.poll_failed(now, lane, reply, class, turn),
        }
    }

    /// The list tells who is still working. Whoever is over or missing is read once more alone:
    /// only that reading has the links, and only its 404 says «gone». A success without links
    /// needs no second reading.
    fn listed(&mut self, lane: LaneId, tasks: &[Task], turn: &mut Turn) {
        self.poll_was_answered(lane);
        let listed: BTreeMap<_, _> = tasks.iter().map(|task| (&task.id, task)).collect();
        for (id, step) in self.followed(lane) {
            match listed.get(&id) {
                Some(task) if says_enough(task) => {
                    self.seen(lane, &step, task, turn);
                }
                _ => {
                    if let Some(ready) = self.traffic.ready.get_mut(&lane) {
                        ready.poll.want_alone([id]);
                    }
                }
            }
        }
        self.read_what_ended(lane, tasks);
    }

    pub(super) fn task_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        id: &TaskId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        if let Some(ready) = self.traffic.ready.get_mut(&lane) {
            ready.poll.asked.remove(id);
        }
        let step = self.facts.owner(lane, id).cloned();
        match (classify::read(reply), reply, step) {
            (Question::Answered, Reply::Response(response), Some(step)) => {
                match (GetTask { task: id.clone() }).answer(response) {
                    _ if response.status == 404 => {
                        self.poll_was_answered(lane);
                        self.tell_followers(&step, &Snapshot::Gone, turn);
                    }
                    Ok(task) => {
                        self.poll_was_answered(lane);
                        self.seen(lane, &step, &task, turn);
                    }
                    Err(error) => self.poll_troubled(now, lane, reply, &error.to_string(), turn),
                }
            }
            (class, ..) => self.poll_failed(now, lane, reply, class, turn),
        }
    }

    fn poll_failed(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        class: Question,
        turn: &mut Turn,
    ) {
        match class {
            Question::Again(why) => self.poll_troubled(now, lane, reply, &why, turn),
            Question::SessionLost(why) => self.lose(now, lane, &why, turn),
            Question::Untrusted(why) => Self::unreachable(why, turn),
            Question::Answered => {}
        }
    }

    fn poll_was_answered(&mut self, lane: LaneId) {
        if let Some(ready) = self.traffic.ready.get_mut(&lane) {
            ready.poll.troubles = 0;
        }
    }

    fn poll_troubled(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        why: &str,
        turn: &mut Turn,
    ) {
        let last = self.last_look(now);
        let Some(ready) = self.traffic.ready.get_mut(&lane) else { return };
        ready.poll.troubles += 1;
        let again = now + classify::pause(reply, ready.poll.troubles);
        ready.poll.due = Some(last.map_or(again, |last| last.min(again)));
        let what = format!("watching tasks: {why}; asking again");
        self.happened(LaneEvent::Troubled { what }, turn);
    }

    /// A task was shown. One with another operation is not ours, whatever its name: EM was
    /// restarted, say, and counts from one again.
    fn seen(&mut self, lane: LaneId, step: &StepId, task: &Task, turn: &mut Turn) {
        let ours = self.facts.tasks.get(step).and_then(|ours| ours.operation.as_deref());
        if !task.operation.is_empty() && ours.is_some_and(|ours| ours != task.operation) {
            let snapshot = Snapshot::Foreign(task.operation.clone());
            return self.tell_followers(step, &snapshot, turn);
        }
        if task.state == TaskState::Finished
            && let Some(ready) = self.traffic.ready.get_mut(&lane)
        {
            ready.unfinished.remove(&task.id);
            self.traffic.finals.insert(step.clone(), task.clone());
        }
        if self.traffic.follows.of(step).next().is_some() {
            let state = state_word(&task.state);
            self.happened(LaneEvent::TaskSeen { step: step.clone(), state }, turn);
        }
        self.tell_followers(step, &Snapshot::Task(Box::new(task.clone())), turn);
    }

    fn tell_followers(&mut self, step: &StepId, snapshot: &Snapshot, turn: &mut Turn) {
        let told = self
            .traffic
            .follows
            .of(step)
            .map(|ticket| (ticket.clone(), StepInput::Observed(ticket.call, snapshot.clone())));
        turn.told.extend(told);
    }

    pub(super) fn tell_lost(&mut self, lane: LaneId, why: &str, turn: &mut Turn) {
        for step in self.followed(lane).values() {
            self.tell_followers(step, &Snapshot::Lost(why.to_owned()), turn);
        }
    }

    /// Counted from the question and not from its answer: a slow answer delays no other.
    fn next_poll(&self, now: Timestamp, lane: LaneId) -> Timestamp {
        let since = self.traffic.ready.get(&lane).map_or(now, |ready| ready.poll.since);
        let calm = (now.since(since) / PART)
            .clamp(self.settings.poll_every, self.settings.poll_max)
            .mul_f64(self.jitter(now));
        self.last_look(now).map_or(now + calm, |last| last.min(now + calm))
    }

    /// The next instant just before a follower's time is over: a task that is over by then is
    /// seen, however slow the polls have become.
    fn last_look(&self, now: Timestamp) -> Option<Timestamp> {
        let looks = self.traffic.follows.untils().map(|until| until - LAST_LOOK);
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

/// Tells whether a task in a list is all that a reading of it alone could show.
fn says_enough(task: &Task) -> bool {
    match task.outcome() {
        TaskOutcome::Pending => true,
        TaskOutcome::Succeeded { .. } => WITHOUT_LINKS.contains(&task.operation.as_str()),
        TaskOutcome::Failed { .. } | TaskOutcome::Unclear(_) => false,
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

#[cfg(test)]
mod tests {
    use em_api::protocol::TaskResult;

    use super::*;

    #[test]
    fn only_a_success_without_links_is_taken_from_a_list() {
        let task = |operation: &str, state, success| Task {
            id: TaskId::parse("task-1").expect("an id"),
            state,
            operation: operation.to_owned(),
            result: Some(TaskResult {
                success,
                message: None,
                credentials_needed: false,
                confirmation_needed: false,
            }),
            links: Vec::new(),
            href: None,
        };
        let over = |operation, success| task(operation, TaskState::Finished, success);
        assert!(says_enough(&task("StartJob", TaskState::Running, Some(true))));
        assert!(says_enough(&over("UndoFailoverPlan", Some(true))));
        assert!(!says_enough(&over("UndoFailoverPlan", Some(false))));
        assert!(!says_enough(&over("UndoFailoverPlan", None)));
        assert!(!says_enough(&over("StartJob", Some(true))));
    }
}
