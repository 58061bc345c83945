//! The way down to a place in a document, by keys and indices.

use std::fmt;

/// One step of a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Into the value under a key.
    Key(String),
    /// Into an item of a list, counted from 0.
    Index(usize),
}

/// Keys and indices from the root of a document down to a place.
///
/// Rules name a place by its route; only a diagnostic turns it into bytes.
///
/// ```
/// use runbook_core::text::Route;
///
/// let route = Route::root().key("steps").key("undo").key("needs").index(1);
/// assert_eq!(route.to_string(), "steps.undo.needs[1]");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Route(Vec<Segment>);

impl Route {
    /// Returns the route of the whole document.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Returns the route of the value under `key`.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.then(Segment::Key(key.into()))
    }

    /// Returns the route of item `index`.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Segment::Index(index))
    }

    /// Returns this route followed by one more segment.
    #[must_use]
    pub fn then(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// Returns the segments, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl fmt::Display for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => write!(out, "{key}")?,
                Segment::Key(key) => write!(out, ".{key}")?,
                Segment::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}
