//! The secrets of open lanes, and the only place where a wish becomes a request with a
//! credential. Not part of the run: a token is in no event, and so in no journal.

use std::borrow::Cow;
use std::collections::BTreeMap;

use em_api::operation::{Logon, Logout, Operation};
use em_api::protocol::{LoggedOn, Media, Request, Response, Token};

use super::{Call, Reply, Send};
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
            Call::Request { request, writing } => session.map(|on| Outgoing {
                request: request.clone(),
                credential: Credential::Session(on.token.clone()),
                fresh: *writing,
            }),
        }
    }

    /// Takes an answer, keeps the secrets that are in it, and passes the rest on.
    pub fn receive(&mut self, lane: LaneId, call: &Call, mut response: Response) -> Reply {
        if *call != Call::Logon || !(200..300).contains(&response.status) {
            self.hide(&mut response);
        }
        match call {
            Call::Logon => match Logon.answer(&response) {
                Ok(on) => {
                    let session = on.session.session_id.digest();
                    self.mask.add(on.token.expose());
                    self.mask.add(on.session.session_id.as_str());
                    self.sessions.insert(lane, on);
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
            Call::Request { .. } => Reply::Response(response),
        }
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
