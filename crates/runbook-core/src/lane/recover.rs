//! What earlier processes of the run left behind, and what stays open when a session is lost.
//!
//! The order is the point. First the sessions whose tokens are at hand are asked for their tasks:
//! a task that is new there, and the only one, is the action whose answer was lost. Where nothing
//! proves what became of an action, its session has to be gone before anybody is asked: a request
//! that something has held up could otherwise arrive after the question was answered. And until
//! all of that is settled nothing new is sent.

use std::collections::BTreeSet;
use std::time::Duration;

use em_api::operation::{ListTasks, Operation};
use em_api::protocol::{Task, TaskState};

use super::classify::{self, Question};
use super::facts::OpenAction;
use super::traffic::{Census, Look, Purpose, Ready, back_off};
use super::{Call, Lanes, Reply, Turn};
use crate::event::{LaneEvent, LaneId, Ticket};
use crate::step::StepId;
use crate::time::Timestamp;

/// How often a session of an earlier process is asked whether it lives.
const TRIES: u32 = 6;

impl Lanes {
    /// A later process goes on: it has the tokens of these lanes.
    pub(super) fn resume(&mut self, now: Timestamp, at_hand: &BTreeSet<LaneId>, turn: &mut Turn) {
        self.traffic.company.census = Census::wanted(now);
        let open = self.facts.open.iter().filter(|(_, action)| action.operation.is_some());
        self.traffic.inherited = open.map(|(ticket, _)| ticket.clone()).collect();
        for lane in self.open_lanes().collect::<Vec<_>>() {
            if at_hand.contains(&lane) {
                self.traffic.rejoins.insert(lane, (0, Some(now)));
            } else {
                self.lose(
                    now,
                    lane,
                    "an earlier process had its token, and it is not at hand",
                    turn,
                );
            }
        }
        for (lane, _) in self.facts.unfenced() {
            self.traffic.lost.insert(lane, now);
        }
    }

    pub(super) fn send_rejoins(&mut self, now: Timestamp, turn: &mut Turn) {
        let mut due = Vec::new();
        for (lane, (tries, at)) in &mut self.traffic.rejoins {
            if at.is_some_and(|at| at <= now) {
                *at = None;
                due.push((*lane, *tries));
            }
        }
        for (lane, tries) in due {
            self.list(lane, Purpose::Rejoin { tries }, turn);
        }
    }

    pub(super) fn rejoin_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        tries: u32,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        if self.traffic.finished {
            return;
        }
        let tasks = match (classify::read(reply), reply) {
            (Question::SessionLost(why), _) => return self.lose(now, lane, &why, turn),
            (Question::Untrusted(why), _) => return Self::unreachable(why, turn),
            (Question::Answered, Reply::Response(response)) => {
                match ListTasks.answer(response) {
                    Ok(tasks) => Ok(Some(tasks)),
                    // A server that lists no tasks shows them one by one.
                    Err(_) if !(200..300).contains(&response.status) => Ok(None),
                    Err(error) => Err(error.to_string()),
                }
            }
            (Question::Again(why), _) => Err(why),
            (Question::Answered, _) => return,
        };
        match tasks {
            Ok(tasks) => self.rejoined(now, lane, tasks.as_deref(), turn),
            Err(why) if tries + 1 >= TRIES => self.lose(now, lane, &why, turn),
            Err(why) => {
                self.traffic.rejoins.insert(lane, (tries + 1, Some(now + back_off(tries + 1))));
                let what = format!("{lane}: {why}; asking again whether its session lives");
                self.happened(LaneEvent::Troubled { what }, turn);
            }
        }
    }

    fn rejoined(&mut self, now: Timestamp, lane: LaneId, tasks: Option<&[Task]>, turn: &mut Turn) {
        self.traffic.rejoins.remove(&lane);
        self.happened(LaneEvent::Rejoined { lane }, turn);
        let mut ready = Ready::new(now);
        (ready.is_shunned, ready.is_rejoined) = (true, true);
        ready.poll.due = Some(now);
        let ours = self.facts.tasks.values().filter(|task| task.lane == lane);
        ready.unfinished =
            ours.filter(|task| !task.acknowledged).map(|task| task.id.clone()).collect();
        self.traffic.ready.insert(lane, ready);
        self.read_what_ended(lane, tasks.unwrap_or_default());
        let Some(ticket) = self.open_action(lane) else { return };
        self.look_for(now, lane, ticket.clone(), turn);
        if let Some(tasks) = tasks {
            self.looked(now, lane, &ticket, tasks, turn);
        }
    }

    /// Has every task of ours read alone that a list shows as over: whoever asks for it later is
    /// told what was seen, and a session in which all are over may end.
    pub(super) fn read_what_ended(&mut self, lane: LaneId, tasks: &[Task]) {
        let Some(ready) = self.traffic.ready.get_mut(&lane) else { return };
        let over = tasks.iter().filter(|task| task.state == TaskState::Finished);
        let over = over.filter(|task| ready.unfinished.contains(&task.id));
        let over: Vec<_> = over.map(|task| task.id.clone()).collect();
        ready.poll.want_alone(over);
    }

    /// Tells whether a session is to end as soon as nothing is under way in it.
    pub(super) fn is_leaving(&self, lane: LaneId) -> bool {
        let tainted = self.facts.lanes.get(&lane).is_some_and(|lane| lane.tainted);
        self.traffic.ready.get(&lane).is_some_and(|ready| {
            let is_over = ready.look.as_ref().is_some_and(|look| look.is_over);
            ready.is_rejoined || tainted || is_over
        })
    }

    /// Returns the action of a lane whose outcome is open. There is one at most.
    fn open_action(&self, lane: LaneId) -> Option<Ticket> {
        let acts = |(_, action): &(&Ticket, &OpenAction)| {
            action.lane == lane && action.operation.is_some()
        };
        self.facts.open.iter().find(acts).map(|(ticket, _)| ticket.clone())
    }

    /// A search has found nothing: the session has to end before that is concluded.
    pub(super) fn found_nothing(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        ticket: Ticket,
        finding: String,
    ) {
        self.traffic.findings.entry(ticket.clone()).or_default().push(finding);
        let until = now + self.settings.patience;
        if let Some(ready) = self.traffic.ready.get_mut(&lane) {
            ready.look = Some(Look { ticket, until, tries: 0, due: None, is_over: true });
        }
    }

    /// The session is out of reach. A wish to stop a task that was under way in it stays without
    /// an answer; an action stays open until the session is proven to be gone.
    pub(super) fn mark_lost(&mut self, now: Timestamp, lane: LaneId, why: &str, turn: &mut Turn) {
        self.traffic.rejoins.remove(&lane);
        self.traffic.lost.insert(lane, now);
        let open = self.facts.open.iter().filter(|(_, action)| action.lane == lane);
        let open: Vec<_> =
            open.map(|(ticket, action)| (ticket.clone(), action.operation.is_some())).collect();
        for (ticket, acts) in open {
            let finding = format!("its logon session was lost ({why})");
            if acts {
                self.traffic.findings.entry(ticket).or_default().push(finding);
            } else if !self.is_on_the_wire(&ticket) {
                self.undecided(ticket, vec![finding], turn);
            }
        }
    }

    pub(super) fn is_on_the_wire(&self, ticket: &Ticket) -> bool {
        self.traffic.wire.values().any(|(_, purpose)| match purpose {
            Purpose::Write(job) => job.ticket == *ticket,
            Purpose::Cancel(job) => job.ticket == *ticket,
            _ => false,
        })
    }

    /// Concludes what can be concluded: the session of an action is gone, so nothing more can
    /// become of it, and nothing has shown what did.
    pub(super) fn settle_fenced(&mut self, turn: &mut Turn) {
        let gone = |lane: &LaneId| self.facts.lanes.get(lane).is_some_and(|lane| lane.fenced);
        let open = self.facts.open.iter().filter(|(_, action)| gone(&action.lane));
        let open: Vec<_> = open
            .map(|(ticket, _)| ticket.clone())
            .filter(|ticket| !self.is_on_the_wire(ticket))
            .collect();
        for ticket in open {
            let mut findings = self.traffic.findings.remove(&ticket).unwrap_or_default();
            findings.push("its session has ended: nothing that was held up can arrive".to_owned());
            self.undecided(ticket, findings, turn);
        }
    }

    /// Ends the sessions that are of no more use: those in which a search has found nothing, and
    /// those of earlier processes. Never one in which a task is still under way.
    pub(super) fn retire(&mut self, now: Timestamp, turn: &mut Turn) {
        let lanes: Vec<_> = self.traffic.ready.keys().copied().collect();
        for lane in lanes {
            let Some(ready) = self.traffic.ready.get(&lane) else { continue };
            let over = ready.look.as_ref().filter(|look| look.is_over);
            let (doubted, late) = (over.is_some(), over.is_some_and(|look| look.until <= now));
            let searching = ready.look.is_some() && !doubted;
            let spent = self.is_leaving(lane)
                && !searching
                && self.traffic.any_lane().is_some()
                && self.open_action(lane).is_none();
            if ready.unfinished.is_empty() && (doubted || spent) {
                self.traffic.ready.remove(&lane);
                self.send(lane, Call::Logout, Purpose::Logout, turn);
            } else if late && self.followed(lane).is_empty() {
                let why = "a task that nobody watches is under way in it";
                self.give_up_fence(lane, why, turn);
            } else if late {
                self.wait_for_others(now, lane);
            }
        }
    }

    /// The session is still needed for other tasks; a request that was held up has the longer.
    fn wait_for_others(&mut self, now: Timestamp, lane: LaneId) {
        let until = now + self.settings.patience.max(Duration::from_secs(1));
        if let Some(look) = self.traffic.ready.get_mut(&lane).and_then(|lane| lane.look.as_mut()) {
            look.until = until;
        }
    }

    /// No more can be done to prove that sessions are gone: what is open in lost lanes is
    /// concluded without that.
    pub(super) fn give_up_fences(&mut self, why: &str, turn: &mut Turn) {
        for (lane, _) in self.unfenced() {
            self.give_up_fence(lane, why, turn);
        }
    }

    fn give_up_fence(&mut self, lane: LaneId, why: &str, turn: &mut Turn) {
        let Some(ticket) = self.open_action(lane) else { return };
        if self.is_on_the_wire(&ticket) {
            return;
        }
        self.end_look(lane);
        let mut findings = self.traffic.findings.remove(&ticket).unwrap_or_default();
        findings.push(format!(
            "its session could not be ended ({why}), so a request that was held up may still arrive"
        ));
        self.undecided(ticket, findings, turn);
    }

    /// Tells whether the task of a step can still be seen, or will be.
    pub(super) fn will_be_seen(&self, step: &StepId) -> bool {
        let task = self.facts.tasks.get(step);
        task.is_some_and(|task| {
            self.traffic.ready.contains_key(&task.lane)
                || self.traffic.rejoins.contains_key(&task.lane)
        })
    }
}
