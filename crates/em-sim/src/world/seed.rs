//! Names that look random and are not: each is a hash of the seed and a counter.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use em_api::protocol::SessionId;
use sha2::{Digest as _, Sha256};

/// What all names of a world come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(pub(super) u64);

impl Seed {
    /// The token of a session. Like the real one it looks like base64; it says nothing of the
    /// session id.
    pub(super) fn token(self, number: u32) -> String {
        STANDARD.encode(self.guid("token", number))
    }

    /// The id of a session.
    pub(super) fn session_id(self, number: u32) -> SessionId {
        SessionId::parse(&self.guid("session", number)).expect("invariant: a GUID is a session id")
    }

    /// A GUID of version 4 in form.
    fn guid(self, what: &str, number: u32) -> String {
        guid(&format!("{}/{what}/{number}", self.0))
    }
}

/// A GUID that depends on a text only.
pub(super) fn guid(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let number = hash.iter().take(16).fold(0, |sum: u128, byte| (sum << 8) | u128::from(*byte));
    let digits = format!("{number:032x}");
    format!(
        "{}-{}-4{}-a{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..32]
    )
}
