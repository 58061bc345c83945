//! `assert-replica`: whether a machine has a replica that is fresh enough.

use super::parts::{ASSERT, MODE, NEWEST_POINT, OK, VM};
use crate::step::{Decl, Output, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "assert-replica",
    summary: "Looks whether a machine has a replica, with a point that is fresh enough.",
    params: &[VM, NEWEST_POINT, MODE],
    outputs: &[
        OK,
        Output::new("newest_point", Type::Timestamp, "The creation time of the newest point."),
        Output::new("age", Type::Duration, "The age of the newest point."),
    ],
    more: "EM shows no state of regular replicas, only their points. Replication pauses while a \
           machine is failed over, so a point newer than a failover shows that the replica is \
           ready again; that none is there shows nothing.\n\nWhat EM knows is as old as its \
           last collection of data, 15 minutes by default.",
    example: "\
runbook: v1
name: is-the-replica-fresh
steps:
  fresh: { uses: collect }
  sql: { uses: assert-replica, needs: fresh, with: { vm: sql01, newest-point: { max-age: 1h } } }
",
    ..ASSERT
};
