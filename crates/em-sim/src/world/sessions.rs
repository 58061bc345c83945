//! Logon sessions: tokens, idle expiry, whose request it is.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use em_api::protocol::SessionId;
use jiff::Timestamp;

use super::World;
use super::http::{Incoming, Refusal, Reply, SESSION};
use super::ledger::{Entry, Event};
use super::seed::Seed;
use crate::document::{self, Element};

/// A session without a request for this long is dead.
pub(super) const IDLE: Duration = Duration::from_mins(15);

/// One logon.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The how-manieth logon of this world, from 1.
    pub(super) number: u32,
    pub(super) id: SessionId,
    pub(super) last_use: Timestamp,
    /// The number of the last task of the session.
    pub(super) last_task: u32,
}

/// The sessions that are alive, by token.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions {
    alive: BTreeMap<String, Session>,
    opened: u32,
}

impl Sessions {
    /// Opens a session; returns it with its token.
    pub(super) fn open(&mut self, seed: Seed, now: Timestamp) -> (String, Session) {
        self.opened += 1;
        let number = self.opened;
        let session = Session { number, id: seed.session_id(number), last_use: now, last_task: 0 };
        let token = seed.token(number);
        self.alive.insert(token.clone(), session.clone());
        (token, session)
    }

    /// Forgets the sessions that have been idle too long.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.alive.retain(|_, session| {
            session.last_use.checked_add(IDLE).is_ok_and(|deadline| now < deadline)
        });
    }

    /// Finds the session of a token; the look counts as activity.
    pub(super) fn touch(&mut self, token: &str, now: Timestamp) -> Option<&mut Session> {
        let session = self.alive.get_mut(token)?;
        session.last_use = session.last_use.max(now);
        Some(session)
    }

    /// Returns the sessions by age.
    pub(super) fn list(&self) -> Vec<&Session> {
        let mut sessions: Vec<&Session> = self.alive.values().collect();
        sessions.sort_by_key(|session| session.number);
        sessions
    }

    /// Ends a session; returns its number if it was alive.
    pub(super) fn close(&mut self, id: &str) -> Option<u32> {
        let closed = self.list().into_iter().find(|s| s.id.as_str().eq_ignore_ascii_case(id))?;
        let number = closed.number;
        self.alive.retain(|_, session| session.number != number);
        Some(number)
    }

    /// Gives a session its next task number.
    pub(super) fn count_task(&mut self, number: u32) -> u32 {
        let own = self.alive.values_mut().find(|session| session.number == number);
        own.map_or(1, |session| {
            session.last_task += 1;
            session.last_task
        })
    }

    /// Returns how many were ever opened.
    pub(super) const fn opened(&self) -> u32 {
        self.opened
    }

    /// Ends all of them.
    pub(super) fn clear(&mut self) {
        self.alive.clear();
    }
}

impl World {
    /// Returns the number of the session that asks.
    pub(super) fn session_of(
        &mut self,
        now: Timestamp,
        incoming: &Incoming,
    ) -> Result<u32, Refusal> {
        let session = incoming.token().and_then(|token| self.sessions.touch(token, now));
        session
            .map(|session| session.number)
            .ok_or_else(|| Refusal::new(401, "There is no session with this id."))
    }

    pub(super) fn log_on(
        &mut self,
        now: Timestamp,
        incoming: &Incoming,
        version: Option<&str>,
    ) -> Result<Reply, Refusal> {
        if !self.is_right(incoming.headers("Authorization").next()) {
            self.ledger.push(Entry { at: now, event: Event::LogonRefused });
            let refused = Reply::error(401, "The user name or the password is not right.");
            return Ok(refused.with_header("WWW-Authenticate", "Basic Realm=RestSvc"));
        }
        if version.is_some_and(|version| !document::is_version(version)) {
            return Err(Refusal::new(400, "This version of the API is not supported."));
        }
        let (token, session) = self.sessions.open(self.seed, now);
        self.ledger.push(Entry { at: now, event: Event::LoggedOn { session: session.number } });
        let document = document::logon_session(&self.base, &self.user, session.id.as_str());
        Ok(Reply::new(201, document)
            .with_header("Set-Cookie", format!("{SESSION}={token}; Path=/api;"))
            .with_header(SESSION, token))
    }

    fn is_right(&self, authorization: Option<&str>) -> bool {
        let expected = STANDARD.encode(format!("{}:{}", self.user, self.password));
        authorization.and_then(|value| value.split_once(' ')).is_some_and(|(scheme, pair)| {
            scheme.eq_ignore_ascii_case("Basic") && pair.trim() == expected
        })
    }

    pub(super) fn logon_sessions(&self) -> Element {
        let sessions = self.sessions.list().into_iter();
        let one = |id: &str| document::logon_session(&self.base, &self.user, id);
        document::logon_sessions(sessions.map(|session| one(session.id.as_str())).collect())
    }

    pub(super) fn logon_session(&self, id: &str) -> Result<Element, Refusal> {
        let all = self.sessions.list().into_iter().map(|session| session.id.as_str());
        all.into_iter()
            .find(|known| known.eq_ignore_ascii_case(id))
            .map(|id| document::logon_session(&self.base, &self.user, id))
            .ok_or_else(no_such_session)
    }

    pub(super) fn log_out(&mut self, now: Timestamp, id: &str) -> Result<Reply, Refusal> {
        let session = self.sessions.close(id);
        let session = session.ok_or_else(no_such_session)?;
        self.ledger.push(Entry { at: now, event: Event::LoggedOut { session } });
        Ok(Reply::empty())
    }
}

/// Real servers were seen to answer 500 here and not 404.
fn no_such_session() -> Refusal {
    Refusal::new(500, "There is no such logon session.")
}
