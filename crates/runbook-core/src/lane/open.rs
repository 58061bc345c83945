//! Opening, keeping and closing lanes.

use std::collections::{BTreeSet, VecDeque};

use em_api::operation::{ListTasks, Operation};

use super::classify::{self, Ended, LoggedOn, Question};
use super::traffic::{Census, KEEP_ALIVE, Opening, Purpose, Ready};
use super::{Call, Lanes, Reply, Turn};
use crate::event::{LaneEvent, LaneId};
use crate::step::{Acted, Answer, Failure, StepInput};
use crate::time::Timestamp;

/// How often a logon is tried once something was done: EM may be restarting, and a run that
/// stops in the middle helps nobody. With the pauses between them this takes eight minutes.
const MID_RUN_TRIES: u32 = 20;

impl Lanes {
    /// Opens a lane where something waits for one. One at a time: a crowd of logons at once
    /// would be the first thing a weak server refuses.
    pub(super) fn open_if_needed(&mut self, now: Timestamp, turn: &mut Turn) {
        if let Some(opening) = &mut self.traffic.opening {
            if opening.due.is_some_and(|due| due <= now) {
                opening.due = None;
                self.log_on(turn);
            }
            return;
        }
        if !self.needs_a_lane(now) {
            return;
        }
        if let Some(why) = self.traffic.refused.clone() {
            return self.fail_what_waits(&why, turn);
        }
        if self.traffic.any_lane().is_none() {
            // Nobody can be asked yet who else is at work.
            self.traffic.company.census = Census::wanted(now);
        } else if !self.traffic.company.allows_a_logon(now) {
            return self.want_census(now);
        }
        self.traffic.company.may_open = false;
        let lane = self.facts.next_lane();
        self.traffic.opening = Some(Opening { lane, tries: 0, due: None, is_announced: false });
        self.log_on(turn);
    }

    fn log_on(&mut self, turn: &mut Turn) {
        let Some(opening) = &mut self.traffic.opening else { return };
        let lane = opening.lane;
        if !std::mem::replace(&mut opening.is_announced, true) {
            self.happened(LaneEvent::Opening { lane }, turn);
        }
        self.send(lane, Call::Logon, Purpose::Logon, turn);
    }

    fn needs_a_lane(&self, now: Timestamp) -> bool {
        // Whoever ends a session of an earlier process has one of its own: that is how a process
        // which was only held up sees that it was taken over.
        let rejoins = self.traffic.ready.values().any(|ready| ready.is_rejoined);
        let recovers = rejoins || self.facts.unfenced().next().is_some();
        let asks = recovers || !self.traffic.reads.is_empty();
        let asks = asks && self.traffic.any_lane().is_none();
        let acts = self.traffic.writes.iter().any(|job| job.due <= now)
            && self.traffic.free_lane(&self.facts).is_none()
            && self.traffic.working_lanes(&self.facts) < self.traffic.max_lanes;
        asks || acts
    }

    pub(super) fn logged_on(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        match classify::logon(reply) {
            LoggedOn::Open(session) => {
                self.happened(LaneEvent::Opened { lane, session }, turn);
                if self.traffic.finished {
                    // The run has ended meanwhile.
                    self.send(lane, Call::Logout, Purpose::Logout, turn);
                } else {
                    self.list(lane, Purpose::Baseline, turn);
                }
            }
            LoggedOn::Untrusted(why) => Self::unreachable(why, turn),
            LoggedOn::Again { why, tries } => {
                if let (true, Some(opening)) = (may_have_opened(reply), &mut self.traffic.opening) {
                    // This one may have left a session behind, and so may the next.
                    opening.is_announced = false;
                }
                let tries = if self.has_acted() { MID_RUN_TRIES } else { tries };
                self.log_on_again(now, reply, &why, tries, turn);
            }
            LoggedOn::Refused(why) => {
                if self.traffic.working_lanes(&self.facts) == 0 {
                    self.traffic.refused = Some(why.clone());
                }
                self.cannot_open(why, turn);
            }
        }
    }

    fn log_on_again(
        &mut self,
        now: Timestamp,
        reply: &Reply,
        why: &str,
        most: u32,
        turn: &mut Turn,
    ) {
        let Some(opening) = &mut self.traffic.opening else { return };
        opening.tries += 1;
        if opening.tries >= most {
            let tries = opening.tries;
            self.cannot_open(format!("no logon after {tries} tries: {why}"), turn);
            return;
        }
        opening.due = Some(now + classify::pause(reply, opening.tries));
        let what = format!("logon: {why}; trying again");
        self.happened(LaneEvent::Troubled { what }, turn);
    }

    /// With some lanes the run goes on with those. With none it cannot, unless something is
    /// still under way in a lane that takes nothing new: then only what waits for a lane fails.
    fn cannot_open(&mut self, why: String, turn: &mut Turn) {
        self.traffic.opening = None;
        let working = self.traffic.working_lanes(&self.facts);
        if working > 0 {
            self.traffic.max_lanes = working;
            let what = format!("no further logon session: {why}; going on with {working}");
            self.happened(LaneEvent::Troubled { what }, turn);
        } else if self.traffic.follows.steps().next().is_some() {
            self.fail_what_waits(&why, turn);
        } else {
            Self::unreachable(why, turn);
        }
    }

    fn fail_what_waits(&mut self, why: &str, turn: &mut Turn) {
        self.give_up_fences(why, turn);
        let failure = Failure { message: why.to_owned(), status: None };
        let can_ask = self.traffic.any_lane().is_some();
        let reads = if can_ask { VecDeque::new() } else { std::mem::take(&mut self.traffic.reads) };
        for job in reads {
            let input = StepInput::Answered(job.ticket.call, Answer::None(failure.clone()));
            turn.told.push((job.ticket, input));
        }
        for job in std::mem::take(&mut self.traffic.writes) {
            let input = StepInput::Acted(job.ticket.call, Acted::NotSent(failure.clone()));
            turn.told.push((job.ticket, input));
        }
    }

    pub(super) fn baseline_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        if self.traffic.finished {
            return;
        }
        match (classify::read(reply), reply) {
            (Question::Answered, Reply::Response(response)) => {
                // A server that will not list tasks can still act; only, no lost answer of it
                // can ever be found again.
                let tasks = ListTasks.answer(response).ok();
                let tasks = tasks.map(|tasks| tasks.into_iter().map(|task| task.id).collect());
                self.happened(LaneEvent::Listed { lane, tasks }, turn);
                self.traffic.opening = None;
                self.traffic.ready.insert(lane, Ready::new(now));
            }
            (Question::Untrusted(why), _) => {
                self.happened(LaneEvent::Lost { lane, why: why.clone() }, turn);
                Self::unreachable(why, turn);
            }
            (Question::SessionLost(why) | Question::Again(why), _) => {
                self.happened(LaneEvent::Lost { lane, why: why.clone() }, turn);
                let next = self.facts.next_lane();
                if let Some(opening) = &mut self.traffic.opening {
                    (opening.lane, opening.is_announced) = (next, false);
                }
                self.log_on_again(now, reply, &why, 4, turn);
            }
            (Question::Answered, _) => {}
        }
    }

    pub(super) fn keep_alive(&mut self, now: Timestamp, turn: &mut Turn) {
        let idle = |ready: &Ready| ready.used + KEEP_ALIVE <= now;
        let idle: Vec<_> =
            self.traffic.ready.iter().filter(|(_, ready)| idle(ready)).map(|(id, _)| *id).collect();
        for lane in idle {
            self.traffic.used(lane, now);
            self.list(lane, Purpose::KeepAlive, turn);
        }
    }

    pub(super) fn kept_alive(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        match (classify::read(reply), reply) {
            (Question::SessionLost(why), _) => self.lose(now, lane, &why, turn),
            (Question::Untrusted(why), _) => Self::unreachable(why, turn),
            (Question::Answered, Reply::Response(response)) => {
                self.read_what_ended(lane, &ListTasks.answer(response).unwrap_or_default());
            }
            (Question::Answered | Question::Again(_), _) => {}
        }
    }

    /// Notes whether EM has ended the session. Where it did not say so, nobody knows.
    pub(super) fn logged_out(&mut self, lane: LaneId, reply: &Reply, turn: &mut Turn) {
        match classify::end(reply) {
            Ended::Gone => self.happened(LaneEvent::Closed { lane }, turn),
            Ended::Unclear(why) => {
                let why = format!("EM did not confirm the end of its session: {why}");
                self.happened(LaneEvent::Lost { lane, why }, turn);
            }
        }
    }

    /// Logs out of every lane, but those whose session is still needed as evidence: one with an
    /// action that is not clear, or with a task that was not seen finished.
    pub(super) fn log_out(&mut self, turn: &mut Turn) {
        let traffic = &mut self.traffic;
        traffic.finished = true;
        (traffic.reads, traffic.writes, traffic.cancels) = Default::default();
        let ready = std::mem::take(&mut traffic.ready);
        // One that was still opening has no work yet. One of an earlier process that was not seen
        // again has whatever is known of it.
        let works = |lane: &LaneId| {
            let mut ours = self.facts.tasks.values().filter(|task| task.lane == *lane);
            ours.any(|task| !task.acknowledged)
        };
        let idle = |lane: &LaneId| {
            ready.get(lane).map_or_else(|| !works(lane), |ready| ready.unfinished.is_empty())
        };
        let open = |lane: &LaneId| self.facts.open.values().any(|action| action.lane == *lane);
        let lanes = self.facts.lanes.iter().filter(|(_, lane)| !lane.ended && !lane.tainted);
        let leaving: BTreeSet<_> = self
            .traffic
            .wire
            .values()
            .filter(|(_, purpose)| matches!(purpose, Purpose::Logout))
            .map(|(lane, _)| *lane)
            .collect();
        let lanes = lanes.map(|(lane, _)| *lane).filter(|lane| !leaving.contains(lane));
        let lanes = lanes.filter(|lane| idle(lane) && !open(lane));
        for lane in lanes.collect::<Vec<_>>() {
            self.send(lane, Call::Logout, Purpose::Logout, turn);
        }
    }
}

/// Tells whether EM may have opened a session for a logon that was not answered with one. A
/// server that was busy has not.
fn may_have_opened(reply: &Reply) -> bool {
    match reply {
        Reply::NotSent { .. } => false,
        Reply::Response(response) => !matches!(response.status, 408 | 425 | 429 | 503),
        _ => true,
    }
}
