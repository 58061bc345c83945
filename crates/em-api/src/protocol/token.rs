//! The token of a logon session. Prints as `Token(…)`, cannot be serialised, and is wiped from
//! memory when it is dropped.

use std::fmt;

use zeroize::Zeroize;

/// The value of `X-RestSvcSessionId`: whoever has it is logged on.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Makes a token of the text a server gave.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text, for the one header it belongs in.
    ///
    /// ```
    /// let token = em_api::protocol::Token::new("O9Msj3rq".to_owned());
    /// assert_eq!(token.expose(), "O9Msj3rq");
    /// assert_eq!(format!("{token:?}"), "Token(…)");
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
