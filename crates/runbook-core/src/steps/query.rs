//! `query`: asks EM's query service.

use super::literal;
use super::parts::ASSERT;
use crate::document::{Entry, Kind, Node};
use crate::problem::{Code, Problem, Problems};
use crate::step::{Decl, Output, Param, Type};
use crate::text::{Span, cut};

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
    check,
    ..ASSERT
};

/// The operators of EM's filters.
const OPERATORS: &[&str] = &["==", "!=", ">=", "<=", ">", "<"];

/// What people write for them elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    ("=", "=="),
    ("eq", "=="),
    ("<>", "!="),
    ("ne", "!="),
    ("=>", ">="),
    ("ge", ">="),
    ("gte", ">="),
    ("=<", "<="),
    ("le", "<="),
    ("lte", "<="),
    ("gt", ">"),
    ("lt", "<"),
];

fn check(with: &Node, problems: &mut Problems) {
    literal::range(with, "expect", problems);
    let filter = with.entry("filter").map_or(&[][..], |entry| entry.value.entries());
    for entry in filter {
        field(&entry.key, entry.key_span, problems);
        match entry.value.kind() {
            Kind::Map(conditions) if !conditions.is_empty() => {
                for condition in conditions.iter() {
                    operator(&entry.key, condition, problems);
                    literal::scalar(condition, problems);
                }
            }
            _ => literal::scalar(entry, problems),
        }
    }
    if let Some(entry) = with.entry("sort")
        && let Some(text) = literal::text(&entry.value)
    {
        field(text.strip_prefix('-').unwrap_or(text), entry.place(), problems);
    }
}

/// Complains of what would be more than a name in the text that EM gets.
fn field(name: &str, place: Span, problems: &mut Problems) {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(is_letter) {
        return;
    }
    let message = format!("`{}` is no name of a field", cut(name));
    problems.push(
        Problem::new(Code::WithBadField, message, place, "one word is expected")
            .help("write the field as EM spells it, such as `CreationTime`; only `sort` takes one `-` before it"),
    );
}

fn operator(field: &str, condition: &Entry, problems: &mut Problems) {
    let word = &*condition.key;
    if OPERATORS.contains(&word) {
        return;
    }
    let message =
        format!("`{}` is compared by `{}`, which EM does not know", cut(field), cut(word));
    let help = match ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == word) {
        Some((_, here)) => format!("did you mean `{here}`?"),
        None => "write `==`, `!=`, `>=`, `<=`, `>` or `<`, in quotes".to_owned(),
    };
    problems.push(
        Problem::new(Code::WithUnknownOperator, message, condition.key_span, "no such operator")
            .help(help),
    );
}
