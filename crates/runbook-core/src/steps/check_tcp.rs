//! `check-tcp`: whether something listens.

use super::parts::{CHECK, EVERY, STABLE_FOR, with_connection};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "check-tcp",
    summary: "Looks whether something listens on a port, until it does.",
    params: &[
        Param::required("address", Type::Address, "The host and the port."),
        EVERY,
        STABLE_FOR,
    ],
    outputs: &[Output::new("latency", Type::Duration, "How long the last connection took.")],
    proof: "A connection to the port is made, each time for as long as `stable-for` says.",
    more: with_connection!(
        "It makes a connection and closes it: nothing is sent. A load balancer may listen with \
         nothing behind it; where it matters, ask the service itself with `check-http`.\n\nName \
         the address on the failover network. While sources and replicas both run, the same name \
         may lead to either."
    ),
    example: "\
runbook: v1
name: does-the-database-listen
steps:
  db:
    uses: check-tcp
    with: { address: \"db01.dr.example.org:1433\", stable-for: 30s }
    timeout: 10m
",
    ..CHECK
};
