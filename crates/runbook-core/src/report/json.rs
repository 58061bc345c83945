//! The report as JSON.

use super::Report;

impl Report {
    /// Writes the report as JSON, `report/v1`, indented.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("invariant: a report is plain data")
    }
}
