//! Who else is at work: EM's list of logon sessions, before anything is changed.
//!
//! Locks exclude other runs on this machine. On another machine only EM can tell: a session of
//! the same account that this run has not opened is somebody's. And a session that this run has
//! left behind must be gone before anything new is sent, or what was held up in it may still
//! arrive.

use std::time::Duration;

use em_api::protocol::Response;

use super::classify::{self, Ended, Question};
use super::traffic::{Census, IDLE_OUT, Purpose, back_off};
use super::{Call, Lanes, Reply, SessionSeen, Turn};
use crate::event::{LaneEvent, LaneId, Stop};
use crate::time::{Timestamp, Words};

/// How often a list that does not come is asked for before it counts as unavailable.
const TRIES: u32 = 8;

/// How long after a stranger was seen the list is read again.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// How old the list may be when an action is sent: whoever has taken over since was not seen.
pub(super) const FRESH: Duration = Duration::from_secs(10);

/// How long a process waits with its first action where the one before it may still live: until
/// that one, however late it reads the list, has seen the session of this one. As long as a list
/// stays fresh, and as a connection may take that was begun then.
pub(super) const QUIET: Duration = Duration::from_secs(35);

impl Lanes {
    pub(super) fn want_census(&mut self, now: Timestamp) {
        if matches!(self.traffic.company.census, Census::Done) {
            self.traffic.company.census = Census::wanted(now);
        }
    }

    /// Asks for the list where it is wanted: at the start, before one more logon, and as long as
    /// a session has to be proven gone.
    pub(super) fn take_census(&mut self, now: Timestamp, turn: &mut Turn) {
        let fencing = |(_, purpose): &(LaneId, Purpose)| matches!(purpose, Purpose::Fence(_));
        if self.facts.unfenced().next().is_some() && !self.traffic.wire.values().any(fencing) {
            self.want_census(now);
        }
        if self.traffic.wants_to_act(now, &self.facts) && !self.traffic.company.is_fresh(now) {
            self.want_census(now);
        }
        match (self.traffic.company.census, self.traffic.any_lane()) {
            (Census::Wanted { tries, due }, Some(lane)) if due <= now => {
                self.traffic.company.census = Census::Asked { tries };
                self.send(lane, Call::Census, Purpose::Census, turn);
            }
            (Census::Unavailable, _) => self.fence_blindly(now, turn),
            _ => {}
        }
    }

    pub(super) fn census_came(
        &mut self,
        now: Timestamp,
        lane: LaneId,
        reply: Reply,
        turn: &mut Turn,
    ) {
        let Census::Asked { tries } = self.traffic.company.census else { return };
        if self.traffic.finished {
            return;
        }
        if let Reply::Sessions(sessions) = reply {
            return self.counted(now, tries, &sessions, turn);
        }
        let again =
            Census::Wanted { tries: tries + 1, due: now + classify::pause(&reply, tries + 1) };
        match classify::read(&reply) {
            Question::SessionLost(why) => {
                self.traffic.company.census = again;
                self.shun(now, lane, &why, turn);
            }
            Question::Untrusted(why) => Self::unreachable(why, turn),
            Question::Again(why) => self.count_again(again, &why, turn),
            Question::Answered => match reply {
                Reply::Response(Response { status: 403..=405 | 501, .. }) => self.is_not_told(turn),
                _ => self.count_again(again, "it cannot be read", turn),
            },
        }
    }

    fn count_again(&mut self, again: Census, why: &str, turn: &mut Turn) {
        match again {
            Census::Wanted { tries, .. } if tries >= TRIES => self.is_not_told(turn),
            _ => {
                self.traffic.company.census = again;
                let what = format!("the list of logon sessions: {why}; asking again");
                self.happened(LaneEvent::Troubled { what }, turn);
            }
        }
    }

    /// EM does not list sessions to this account. Then locks and the folder of the run are all
    /// that keeps two runs apart.
    fn is_not_told(&mut self, turn: &mut Turn) {
        self.traffic.company.census = Census::Unavailable;
        self.traffic.company.may_open = true;
        let what = "EM does not list logon sessions to this account, so a run on another machine \
                    would not be noticed";
        self.happened(LaneEvent::Troubled { what: what.to_owned() }, turn);
    }

    fn counted(&mut self, now: Timestamp, tries: u32, sessions: &[SessionSeen], turn: &mut Turn) {
        let Some(user) = self.user_of_ours(sessions) else {
            // A list in which a session of ours is missing says nothing of the others.
            let due = now + back_off(tries + 1);
            let again = Census::Wanted { tries: tries + 1, due };
            return self.count_again(again, "a session of this run is not in it", turn);
        };
        let strangers: Vec<_> = sessions
            .iter()
            .filter(|seen| seen.user.eq_ignore_ascii_case(&user))
            .map(|seen| seen.session.clone())
            .filter(|session| !self.facts.knows_session(session))
            .collect();
        if !strangers.is_empty() {
            let neighbours = &self.traffic.company.neighbours.sessions;
            let unknown = strangers.iter().filter(|session| !neighbours.contains(session)).count();
            if unknown > self.facts.lost_logons(now) && !self.traffic.company.neighbours.take_over {
                // A neighbour may just have logged on, and not have said so yet.
                if !std::mem::replace(&mut self.traffic.company.is_suspicious, true) {
                    self.traffic.company.census = Census::wanted(now + SECOND_LOOK);
                    return;
                }
                turn.fatal = Some(Stop::Superseded { message: superseded(&user) });
                return;
            }
            self.happened(LaneEvent::Others { sessions: strangers }, turn);
        }
        self.traffic.company.is_suspicious = false;
        // That was said of those who are logged on now.
        self.traffic.company.neighbours.take_over = false;
        (self.traffic.company.census, self.traffic.company.may_open) = (Census::Done, true);
        self.traffic.company.taken = Some(now);
        self.fence(now, sessions, turn);
    }

    /// Returns whose the sessions of this process are; none where one of them is not listed.
    fn user_of_ours(&self, sessions: &[SessionSeen]) -> Option<String> {
        let mut user = None;
        for lane in self.traffic.own_lanes().filter_map(|lane| self.facts.lanes.get(&lane)) {
            let seen = sessions.iter().find(|seen| seen.session == lane.session)?;
            user = Some(seen.user.clone());
        }
        user
    }

    pub(super) fn unfenced(&self) -> Vec<(LaneId, String)> {
        self.facts.unfenced().map(|(lane, session)| (lane, session.to_owned())).collect()
    }

    /// Proves that the sessions which have to be gone are: by the list, or by ending them.
    fn fence(&mut self, now: Timestamp, sessions: &[SessionSeen], turn: &mut Turn) {
        for (lane, session) in self.unfenced() {
            let since = *self.traffic.lost.entry(lane).or_insert(now);
            if sessions.iter().any(|seen| seen.session == session) && since + IDLE_OUT <= now {
                turn.fatal = Some(Stop::Superseded { message: still_used(lane) });
            } else if sessions.iter().any(|seen| seen.session == session) {
                self.end_session(lane, session, turn);
            } else {
                let how = "EM does not list its session any more".to_owned();
                self.happened(LaneEvent::Fenced { lane, how }, turn);
            }
        }
        self.settle_fenced(turn);
    }

    fn end_session(&mut self, lane: LaneId, session: String, turn: &mut Turn) {
        let Some(asking) = self.traffic.any_lane() else { return };
        self.send(asking, Call::End { session }, Purpose::Fence(lane), turn);
    }

    pub(super) fn fence_came(
        &mut self,
        now: Timestamp,
        asking: LaneId,
        lane: LaneId,
        reply: &Reply,
        turn: &mut Turn,
    ) {
        match classify::end(reply) {
            Ended::Gone => {
                let how = "its session was ended".to_owned();
                self.happened(LaneEvent::Fenced { lane, how }, turn);
            }
            Ended::Unclear(why) => {
                if let Question::SessionLost(why) = classify::read(reply) {
                    self.shun(now, asking, &why, turn);
                }
                let what = format!("the end of the session of {lane}: {why}; looking again");
                self.happened(LaneEvent::Troubled { what }, turn);
                self.traffic.fence_failures += 1;
                if self.traffic.company.census == Census::Done {
                    let pause = back_off(self.traffic.fence_failures);
                    self.traffic.company.census = Census::wanted(now + pause);
                }
            }
        }
    }

    /// Where EM lists no sessions, a session whose id is at hand is ended once. For any other time
    /// decides: one that nobody uses ends after 15 minutes (reference page *authentication*).
    fn fence_blindly(&mut self, now: Timestamp, turn: &mut Turn) {
        for (lane, session) in self.unfenced() {
            let since = *self.traffic.lost.entry(lane).or_insert(now);
            if self.traffic.any_lane().is_some() && self.traffic.ended_blindly.insert(lane) {
                self.end_session(lane, session, turn);
            }
            if since + IDLE_OUT <= now {
                let how = format!("nobody has used its session for {}", Words(IDLE_OUT));
                self.happened(LaneEvent::Fenced { lane, how }, turn);
            }
        }
    }
}

fn still_used(lane: LaneId) -> String {
    format!(
        "the logon session of {lane}, which an earlier process of this run had, cannot be ended, \
         and has lived for longer than one that nobody uses: somebody else is at work with it"
    )
}

fn superseded(user: &str) -> String {
    format!(
        "EM has another logon session of the account `{user}` open, which this run did not open: \
         somebody may be at work with it. It ends 15 minutes after its last use; `--take-over \
         --because TEXT` goes on beside it"
    )
}
