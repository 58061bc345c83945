//! What must hold at the instant when something leaves a process.

use std::collections::BTreeSet;

use em_api::protocol::Method;
use em_sim::Event as Truth;
use runbook_core::event::{LaneEvent, LaneId, Ticket};
use runbook_core::lane::{self, Call, Outgoing};

use super::bench::{Bench, instant};

impl Bench {
    /// Its intent is durable, nothing of before can still arrive, and no session goes that is
    /// still needed as evidence.
    pub(super) fn check_before_sending(
        &mut self,
        process: usize,
        send: &lane::Send,
        outgoing: &Outgoing,
    ) {
        let request = &outgoing.request;
        let ends = matches!(send.call, Call::Logout | Call::End { .. });
        let writes = !ends
            && send.call != Call::Logon
            && matches!(request.method, Method::Post | Method::Delete);
        let must_be_durable = writes || ends || send.call == Call::Logon;
        if must_be_durable != send.needs_sync() || writes != outgoing.fresh {
            self.violation(&format!("{} is or is not an action", request.shown()));
        }
        if writes {
            let intent = format!("\"target\":{:?}", request.target);
            let durable = self.processes[process].disk.durable();
            let is_it = |line: &str| line.contains("\"kind\":\"intent\"") && line.contains(&intent);
            if !durable.lines().any(is_it) {
                self.violation(&format!("{} without a durable intent", request.shown()));
            }
        }
        if writes && request.method == Method::Post && process == self.last() {
            self.check_action(process, &request.target);
        }
        if send.call == Call::Logout {
            self.check_logout(process, send.lane);
        }
    }

    /// Before a new action everything earlier is settled, and every session of an earlier process
    /// is gone, or is one that this process goes on with. Where an action of the same step stayed
    /// undecided, its session is gone in any case.
    fn check_action(&mut self, at: usize, target: &str) {
        self.world.advance(instant(self.now));
        let process = &self.processes[at];
        let digests = self.world.alive().into_iter().map(|(_, id)| id.digest());
        let alive: BTreeSet<_> = digests.collect();
        let mut broken = Vec::new();
        for session in process.left_behind().intersection(&alive) {
            broken.push(format!("{target} is sent, and the session {session} lives"));
        }
        for ticket in process.unsettled() {
            broken.push(format!("{target} is sent, and {ticket:?} is not settled"));
        }
        let sent = process.lane_events().filter_map(|event| match event {
            LaneEvent::Intended { ticket, intent, .. } if intent.target == target => Some(ticket),
            _ => None,
        });
        for lane in
            sent.last().map(|ticket: &Ticket| process.doubtful_lanes(ticket)).unwrap_or_default()
        {
            if process.session_of(lane).is_some_and(|session| alive.contains(session)) {
                broken.push(format!("{target} is sent again, and {lane} is not fenced"));
            }
        }
        for what in broken {
            self.violation(&what);
        }
    }

    fn check_logout(&mut self, at: usize, lane: LaneId) {
        self.world.advance(instant(self.now));
        let process = &self.processes[at];
        let wanted = process.session_of(lane);
        let alive = self.world.alive().into_iter();
        let own = alive.filter(|(_, id)| wanted == Some(id.digest().as_str()));
        let own: BTreeSet<_> = own.map(|(number, _)| number).collect();
        let truth = || self.world.ledger().iter().map(|entry| &entry.event);
        let is_over = |name: &_, of: &u32| {
            truth().any(|event| match event {
                Truth::Completed { session, task, .. } => session == of && task == name,
                Truth::TaskDeleted { session, task, stopped } => {
                    *stopped && session == of && task == name
                }
                _ => false,
            })
        };
        let known = process.lane_events().filter_map(|event| match event {
            LaneEvent::Accepted { lane: of, task, .. } if *of == lane => Some(task.clone()),
            _ => None,
        });
        let known: BTreeSet<_> = known.collect();
        let unfinished = truth().any(|event| match event {
            Truth::Accepted { session, task, .. } => {
                own.contains(session) && known.contains(task) && !is_over(task, session)
            }
            _ => false,
        });
        if unfinished {
            self.violation(&format!("{lane} is logged out and still needed as evidence"));
        }
    }
}
