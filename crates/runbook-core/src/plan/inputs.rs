//! What is given for the inputs of a runbook.

use indexmap::IndexMap;

use crate::document::Value;

/// Values by the names of inputs, before they are held against a runbook.
///
/// ```
/// use runbook_core::plan::Inputs;
///
/// let mut inputs = Inputs::default();
/// inputs.text("plan", "ERP-DR");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs(IndexMap<String, Given>);

/// One value, as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// Letters that the type of the input gives a meaning, as on a command line.
    Text(String),
    /// A value with a type, as in a file.
    Value(Value),
}

impl Inputs {
    /// Gives an input the letters of a command line or of the environment; they are read by the
    /// type of the input. What was given before is replaced.
    pub fn text(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_owned(), Given::Text(text.to_owned()));
    }

    /// Gives an input a value that has a type already. What was given before is replaced.
    pub fn value(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), Given::Value(value));
    }

    /// Takes out what is given for an input.
    pub(super) fn take(&mut self, name: &str) -> Option<Given> {
        self.0.shift_remove(name)
    }

    /// Returns the names for which something is given and not taken out.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
