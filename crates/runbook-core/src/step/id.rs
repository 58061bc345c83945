//! Names of steps, and numbers of what a step asks for.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::{cut, is_visible};

/// A text that cannot name a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a step: a lower-case letter, then at most 62 letters, digits or `_` are expected"
)]
pub struct IdError(String);

/// The bytes of a key of a child.
const KEY_BYTES: usize = 200;

/// The bytes of a name in a plan: those of runbooks in runbooks, with children in each.
const PLANNED_BYTES: usize = 4096;

/// The name of a step, unique in its runbook: `[a-z][a-z0-9_]{0,62}`. A plan has names made of
/// it as well: for the parts of a group (`x.call`), the children of a list (`x[key]`) and the
/// steps of another runbook (`x/step`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepId(Arc<str>);

impl StepId {
    /// Checks a text and makes the name.
    ///
    /// # Errors
    /// [`IdError`] for a text of another shape, cut to 80 characters.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if first && rest && text.len() <= 63 {
            return Ok(Self(text.into()));
        }
        Err(IdError(text.chars().take(80).collect()))
    }

    /// Names a part of the group that this step stands for: `x.call`.
    #[must_use]
    pub fn part(&self, part: &str) -> Self {
        Self(format!("{self}.{part}").into())
    }

    /// Names the child of this step for one item of a list: `x[key]`.
    ///
    /// # Errors
    /// [`IdError`] for a key that is empty, longer than 200 bytes or holds a letter that does not
    /// show.
    pub fn child(&self, key: &str) -> Result<Self, IdError> {
        let shows = !key.is_empty() && key.len() <= KEY_BYTES && key.chars().all(is_visible);
        if shows { Ok(Self(format!("{self}[{key}]").into())) } else { Err(IdError(cut(key))) }
    }

    /// Names a step of the runbook that this step runs: `x/step`.
    #[must_use]
    pub fn inner(&self, step: &Self) -> Self {
        Self(format!("{self}/{step}").into())
    }

    /// Reads a name that stands in a plan: an author's, or one made of it.
    fn parse_planned(text: &str) -> Result<Self, IdError> {
        let refuse = || IdError(cut(text));
        let stem = text.find(['.', '/', '[']).map_or(text, |end| &text[..end]);
        Self::parse(stem)?;
        let made = text.len() <= PLANNED_BYTES && text.chars().all(is_visible);
        if made { Ok(Self(text.into())) } else { Err(refuse()) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for StepId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse_planned(&text)
    }
}

impl From<StepId> for String {
    fn from(id: StepId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// What a machine asked for, numbered by the machine; unique within its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallId(pub u32);
