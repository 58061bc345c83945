//! `check-tls`: whether a service shows a certificate that is good for long enough.

use super::parts::{CHECK, EVERY, with_connection};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "check-tls",
    summary: "Looks at the certificate of a service until there is a valid one.",
    params: &[
        Param::required("address", Type::Address, "The host and the port."),
        Param::optional(
            "min-days",
            Type::COUNT,
            "For how many days the certificate must still be valid.",
        ),
        EVERY,
    ],
    outputs: &[
        Output::new("not_after", Type::Timestamp, "Until when the certificate is valid."),
        Output::new("issuer", Type::String, "Who issued it."),
    ],
    proof: "A TLS handshake that shows a certificate within its time.",
    more: with_connection!(
        "A service that was off for long may come back with a certificate that has expired \
         meanwhile; a port that listens does not tell. Nothing is sent behind the handshake."
    ),
    example: "\
runbook: v1
name: is-the-certificate-good
steps:
  portal: { uses: check-tls, with: { address: \"portal.dr.example.org:443\", min-days: 14 } }
",
    ..CHECK
};
