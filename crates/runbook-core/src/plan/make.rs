//! From a checked runbook and given inputs to a plan.

use super::{Inputs, Plan};
use crate::check::Checked;
use crate::problem::Problems;

impl Plan {
    /// Makes the plan.
    ///
    /// # Errors
    /// Problems with what is given.
    pub fn make(checked: Checked, inputs: &Inputs) -> Result<Self, Problems> {
        let _ = (checked, inputs);
        Err(Problems::default())
    }
}
