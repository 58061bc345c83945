//! The report as JSON.

use super::{Report, safe_json};

impl Report {
    /// Writes the report as JSON, `report/v1`, indented.
    pub fn json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        safe_json(&json.expect("invariant: a report is plain data"))
    }
}
