//! `query`: asks EM's query service.

use super::literal;
use super::parts::ASSERT;
use crate::step::{Decl, Output, Param, Type};

/// What the query service knows, as EM spells it.
const TYPES: &[&str] = &[
    "AgentBackupJob",
    "AgentProtectionGroup",
    "AgentRestorePoint",
    "Backup",
    "BackupFile",
    "BackupJobSession",
    "BackupServer",
    "BackupTaskSession",
    "CdpPolicy",
    "CdpReplica",
    "CdpReplicaSession",
    "CdpReplicaTaskSession",
    "CloudGateway",
    "CloudGatewayPool",
    "CloudTenant",
    "CloudFailoverPlan",
    "CloudFailoverSession",
    "CloudHardwarePlan",
    "CloudPublicIpAddress",
    "CloudReplica",
    "CloudSubtenant",
    "CloudVmReplicaPoint",
    "Credentials",
    "DiscoveredComputer",
    "FailoverPlan",
    "FileServer",
    "HierarchyRoot",
    "Job",
    "ManagedServer",
    "NasJob",
    "NasObject",
    "ObjectInJob",
    "ObjectInAgentBackupJob",
    "Passwords",
    "Replica",
    "ReplicaJobSession",
    "ReplicaTaskSession",
    "Repository",
    "RestorePoint",
    "RestoreSession",
    "Task",
    "vAppReplicaPoint",
    "vAppRestorePoint",
    "VCloudOrganizationConfig",
    "VlanConfiguration",
    "VmReplicaPoint",
    "VmRestorePoint",
    "VsphereSelfServiceConfig",
    "WanAccelerator",
];

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "query",
    summary: "Asks EM's query service for objects of one type.",
    params: &[
        Param::required("type", Type::OneOf(TYPES), "What is asked for, as EM spells it."),
        Param::optional(
            "filter",
            Type::Map(&Type::Any),
            "Fields and the values they must have; or `{ OPERATOR: value }` with `==`, `!=`, \
             `>=`, `<=`, `>` or `<`. All of them must hold.",
        ),
        Param::optional(
            "sort",
            Type::String,
            "The field to sort by; `-` before it for the greatest first.",
        ),
        Param::optional("limit", Type::Integer(1, i64::MAX), "The most rows to read."),
        Param::optional(
            "expect",
            Type::Fields(&[
                Param::optional("min", Type::COUNT, "The fewest rows."),
                Param::optional("max", Type::COUNT, "The most rows."),
            ]),
            "How many rows there must be; else the step fails.",
        ),
    ],
    outputs: &[
        Output::new(
            "rows",
            Type::List { of: &Type::Any, least: 0 },
            "The objects, with EM's names for their fields.",
        ),
        Output::new("count", Type::COUNT, "How many rows there are."),
    ],
    more: "Fields have the names that EM's *queries* use, which are not always those of the rows: \
           sessions are asked for by `CreationTime` and show `CreationTimeUTC`. Results compare \
           by rank, so `Result: { '>=': Warning }` finds what went wrong.\n\nAll pages are read: \
           EM cuts an answer at 100 rows without saying so. Values are quoted for EM as needed. \
           Sessions are kept for 30 days, and all rows are as old as EM's last collection of \
           data. Tasks are those of the logon session that asks.",
    example: "\
runbook: v1
name: what-went-wrong
steps:
  sessions:
    uses: query
    with:
      type: ReplicaJobSession
      filter: { State: Stopped, Result: { '>=': Warning } }
      sort: -CreationTime
      limit: 20
",
    check: literal::query,
    ..ASSERT
};
