//! The secrets of open lanes, and the only place where a wish becomes a request with a
//! credential. Not part of the run: a token is in no event, and so in no journal.

use std::borrow::Cow;
use std::collections::BTreeMap;

use em_api::operation::{ListLogonSessions, Logon, Logout, Operation};
use em_api::protocol::{LoggedOn, LogonSession, Media, Request, Response, SessionId, Token};

use super::{Call, Reply, Send, SessionSeen};
use crate::event::LaneId;
use crate::mask::Mask;

/// By which right a request is made.
#[derive(Clone, Debug)]
pub enum Credential {
    /// User and password of the target.
    Account,
    /// A logon session.
    Session(Token),
}

/// A request, ready for the wire.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The request.
    pub request: Request,
    /// By which right.
    pub credential: Credential,
    /// Whether it must have a connection of its own, so that nothing can send it twice.
    pub fresh: bool,
}

/// The sessions of the open lanes, and what no answer may carry further.
#[derive(Debug, Default)]
pub struct Keyring {
    sessions: BTreeMap<LaneId, LoggedOn>,
    /// The ids of sessions that EM has listed, by their digests.
    listed: BTreeMap<String, SessionId>,
    mask: Mask,
}

impl Keyring {
    /// No session yet. The secrets are those of the account; each session adds its own.
    pub fn new(secrets: &[String]) -> Self {
        let mut keyring = Self::default();
        for secret in secrets {
            keyring.mask.add(secret);
        }
        keyring
    }

    /// Takes over the session of an earlier process.
    pub fn rejoin(&mut self, lane: LaneId, session: LoggedOn) {
        self.keep(lane, session);
    }

    /// Returns the session of a lane, to be kept for a later process.
    pub fn session(&self, lane: LaneId) -> Option<&LoggedOn> {
        self.sessions.get(&lane)
    }

    fn keep(&mut self, lane: LaneId, on: LoggedOn) {
        self.mask.add(on.token.expose());
        self.mask.add(on.session.session_id.as_str());
        self.sessions.insert(lane, on);
    }

    /// Finds the id of a session by its digest.
    fn id(&self, digest: &str) -> Option<SessionId> {
        let own = || self.sessions.values().map(|on| &on.session.session_id);
        let listed = self.listed.get(digest);
        listed.or_else(|| own().find(|id| id.digest() == digest)).cloned()
    }

    /// Makes a wish ready for the wire; none where its lane has no session.
    pub fn prepare(&self, send: &Send, media: Media) -> Option<Outgoing> {
        let session = self.sessions.get(&send.lane);
        match &send.call {
            Call::Logon => Some(Outgoing {
                request: Logon.request(media),
                credential: Credential::Account,
                fresh: false,
            }),
            Call::Logout => session.map(|on| Outgoing {
                request: Logout { session: on.session.session_id.clone() }.request(media),
                credential: Credential::Session(on.token.clone()),
                fresh: false,
            }),
            Call::Census => session.map(|on| Outgoing {
                request: ListLogonSessions.request(media),
                credential: Credential::Session(on.token.clone()),
                fresh: false,
            }),
            Call::End { session: digest } => {
                let (on, session) = (session?, self.id(digest)?);
                Some(Outgoing {
                    request: Logout { session }.request(media),
                    credential: Credential::Session(on.token.clone()),
                    fresh: false,
                })
            }
            Call::Request { request, writing } => session.map(|on| Outgoing {
                request: request.clone(),
                credential: Credential::Session(on.token.clone()),
                fresh: *writing,
            }),
        }
    }

    /// Takes an answer, keeps the secrets that are in it, and passes the rest on.
    pub fn receive(&mut self, lane: LaneId, call: &Call, mut response: Response) -> Reply {
        if let (Call::Census, Ok(sessions)) = (call, ListLogonSessions.answer(&response)) {
            return self.listed(sessions);
        }
        if *call != Call::Logon || !(200..300).contains(&response.status) {
            self.hide(&mut response);
        }
        match call {
            Call::Logon => match Logon.answer(&response) {
                Ok(on) => {
                    let session = on.session.session_id.digest();
                    self.keep(lane, on);
                    Reply::LoggedOn { session }
                }
                // Its body may hold the session, and must not be quoted.
                Err(_) if (200..300).contains(&response.status) => Reply::Unanswered {
                    reason: format!("status {}, and no session can be read", response.status),
                },
                Err(_) => Reply::Response(response),
            },
            Call::Logout => {
                self.sessions.remove(&lane);
                Reply::Response(response)
            }
            Call::Census | Call::End { .. } | Call::Request { .. } => Reply::Response(response),
        }
    }

    /// Only digests leave the keyring: whether a token can be the id of a session, EM's
    /// reference does not say.
    fn listed(&mut self, sessions: Vec<LogonSession>) -> Reply {
        let seen = |session: &LogonSession| SessionSeen {
            session: session.session_id.digest(),
            user: session.user_name.clone(),
        };
        let reply = Reply::Sessions(sessions.iter().map(seen).collect());
        // A server may repeat the id of one that it is asked to end.
        for session in &sessions {
            self.mask.add(session.session_id.as_str());
        }
        self.listed = sessions
            .into_iter()
            .map(|session| (session.session_id.digest(), session.session_id))
            .collect();
        reply
    }

    /// Takes the secrets out of an answer.
    fn hide(&self, response: &mut Response) {
        if let Cow::Owned(body) = self.mask.bytes(&response.body) {
            response.body = body;
        }
        for (_, value) in &mut response.headers {
            if let Cow::Owned(text) = self.mask.text(value) {
                *value = text;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "15a3fc97-0325-4119-b789-5c0367c6c565";

    #[test]
    fn the_id_of_a_session_that_was_listed_is_masked() {
        let mut keyring = Keyring::new(&[]);
        let session = LogonSession {
            session_id: SessionId::parse(ID).expect("an id"),
            user_name: "LAB\\operator".to_owned(),
            links: Vec::new(),
        };
        let digest = session.session_id.digest();
        let Reply::Sessions(seen) = keyring.listed(vec![session]) else { panic!("a list") };
        assert_eq!(seen[0].session, digest);
        let body = format!("session {ID} not found").into_bytes();
        let response = Response { status: 500, headers: Vec::new(), body };
        let call = Call::End { session: digest };
        let Reply::Response(answer) = keyring.receive(LaneId(1), &call, response) else {
            panic!("an answer")
        };
        assert_eq!(String::from_utf8_lossy(&answer.body), "session … not found");
    }
}
