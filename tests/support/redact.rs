//! What differs from run to run is shown as a placeholder of the same width, so that the columns
//! of a snapshot stay where people see them.

use std::path::Path;

use insta::Settings;
use insta::internals::SettingsBindDropGuard;

const FILTERS: &[(&str, &str)] = &[
    // The id of a run.
    (r"\d{8}T\d{9}Z-[0-9a-f]{8}", "20260101T000000000Z-0123abcd"),
    (r"127\.0\.0\.1:\d{5}\b", "127.0.0.1:#####"),
    (r"sha256/[A-Za-z0-9+/]{43}=", "sha256/###########################################="),
    // Sums and digests.
    (r"\b[0-9a-f]{64}\b", "################################################################"),
    (r#""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z""#, "\"2026-01-01T00:00:00.000Z\""),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\b", "2026-01-01T00:00:00.000Z"),
    // How long something took, in a report for machines.
    (r#" time="\d+\.\d{3}""#, " time=\"0.000\""),
    (r"after (?:\d+(?:h|ms|m|s))+: ", "after #ms: "),
    (r"(?m)\| (?:\d+(?:h|ms|m|s))+ \|$", "| #ms |"),
    // How many records there are is not the point of a snapshot of a run.
    (r"(?m)^(journal|Journal): \d+ records", "$1: # records"),
    (r#""journal_records" value="\d+""#, "\"journal_records\" value=\"#\""),
    (r#""records": \d+"#, "\"records\": #"),
    // Who holds a lock, and since when.
    (
        r"of \S+@\S+, process \d+, since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        "of user@host, process 123, since 2026-01-01T00:00:00Z",
    ),
    // The time before a line of progress, and the line of the journal at its end.
    (r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", "2026-01-01T00:00:00Z "),
    (r"(?m) \[journal \d+:[0-9a-f]{16}\]$", " [journal #:################]"),
    // The beginning of a sum.
    (r"\b[0-9a-f]{16}\b", "################"),
    // How long a step took.
    (r"(?m)^([✓!✗–?…] \S+ +[a-z-]+ *)  (?:\d+(?:h|ms|m|s))+", "$1  #ms"),
];

/// Redacts the snapshots of this thread for as long as the guard lives.
pub(super) fn redact(folder: &Path) -> SettingsBindDropGuard {
    let mut settings = Settings::clone_current();
    let folder = folder.to_str().expect("a temporary folder has a plain name");
    settings.add_filter(&folder.replace('.', r"\."), "/lab");
    for (pattern, placeholder) in FILTERS {
        settings.add_filter(pattern, *placeholder);
    }
    settings.bind_to_scope()
}
