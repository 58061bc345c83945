//! What a client has to be told, and why it may refuse it.

use secrecy::SecretString;

use super::{Base, Trust};

/// A server, how to know it again, and the account to log on with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server is.
    pub base: Base,
    /// How the server proves that it is the right one. Nothing turns this off.
    pub trust: Trust,
    /// `DOMAIN\user`, `MACHINE\user` or `user@domain`.
    pub username: String,
    /// Its password; does not show in `Debug`.
    pub password: SecretString,
}

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.username.contains(':') || self.username.chars().any(char::is_control) {
            return Err(ConfigError::Username);
        }
        Ok(())
    }
}

/// A configuration with which no client can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address of the server.
    #[error("the address of the server cannot be used: {reason}")]
    Base {
        /// What is wrong with it. Does not repeat it.
        reason: String,
    },
    /// The user name.
    #[error(
        "the user name has a colon or a control character in it, which Basic authentication cannot carry"
    )]
    Username,
    /// A pin, or a certificate to make one of.
    #[error("the pin cannot be used: {reason}")]
    Pin {
        /// What is wrong with it.
        reason: String,
    },
    /// The certificates of [`Trust::Ca`].
    #[error("the CA certificates cannot be used: {reason}")]
    Ca {
        /// What is wrong with them.
        reason: String,
    },
    /// The certificates of the system.
    #[error("the certificates of the system cannot be read: {reason}")]
    System {
        /// What is wrong with them.
        reason: String,
    },
    /// Anything else in the making of the client.
    #[error("the client cannot be made: {reason}")]
    Build {
        /// What went wrong.
        reason: String,
    },
}
