//! `collect`: lets EM collect its data anew.

use super::parts::DATA_AGE;
use crate::step::{Decl, OPERATION, OnWarning, Param, Repeat, TASK, Thing, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "collect",
    summary: "Lets EM collect data from its backup servers, so that what it shows is fresh.",
    params: &[Param::optional(
        "server",
        Type::Object(Thing::Server),
        "The backup server, by name, UID or id; without it, all of them.",
    )],
    outputs: &[TASK, OPERATION, DATA_AGE],
    sees_to_its_end: true,
    repeat: Repeat::Harmless,
    timeout: Some(std::time::Duration::from_mins(10)),
    on_warning: Some(OnWarning::Accept),
    proof: "A system session of EM for the collection that is newer than the request has ended \
            with success.",
    investigate: "The system sessions of EM; where they show no new collection, the request is \
                  sent again.",
    more: "EM answers from a database of its own, filled every 15 minutes by default. Points, \
           sessions and states that a step reads may be as old as that; tasks are always \
           live.\n\nEM's task only says that the collection has begun, so the step goes on to \
           the end of the collection. A VM Restore Operator, who may run failover plans, may \
           not collect; Portal Users and Portal Administrators may.",
    example: "\
runbook: v1
name: look-at-fresh-data
steps:
  fresh: { uses: collect }
  point: { uses: assert-replica, needs: fresh, with: { vm: sql01, newest-point: { max-age: 1h } } }
",
    ..Decl::ACTION
};
