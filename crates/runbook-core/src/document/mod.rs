//! YAML to a tree of nodes, each with its place. The only module that knows YAML.
//!
//! Parser events become nodes with byte spans in one pass. What a runbook may not contain is
//! refused here: keys that stand twice, anchors, aliases, merge keys, tags, several documents,
//! and more than the bounds of [`limits`](crate::limits).

mod key;
mod node;
#[cfg(test)]
mod oracle;
mod parse;
mod scalar;
mod tree;

use std::sync::Arc;

pub use node::{Entry, Kind, Node};

use crate::text::{Route, Segment, Source, Span};

/// A value of a runbook: what stands under `with:`.
pub type Value = serde_yaml::Value;

/// The keys and values of a [`Value`] that is a mapping, in their order.
pub type Mapping = serde_yaml::Mapping;

/// Makes a value of anything that can be serialized.
///
/// # Errors
/// What serde says of a thing that is no value, such as a mapping whose serializer fails.
pub fn to_value(thing: impl serde::Serialize) -> Result<Value, impl std::error::Error> {
    serde_yaml::to_value(thing)
}

/// Reads a value without its places, for tests.
#[cfg(test)]
pub(crate) fn value(text: &str) -> Value {
    serde_yaml::from_str(text).expect("a value")
}

/// A YAML text as a tree whose root is a mapping.
#[derive(Clone, Debug)]
pub struct Document {
    source: Source,
    root: Node,
}

impl Document {
    /// Returns the text.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the root, a mapping; an empty one where nothing could be read.
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// Returns the place of a value; of the last value on the way where the route leads nowhere.
    pub fn span(&self, route: &Route) -> Span {
        self.root.nearest(route).span()
    }

    /// Returns the place of the key that a route ends with; of the value where it ends with an
    /// index, and as [`span`](Self::span) where it leads nowhere.
    pub fn key_span(&self, route: &Route) -> Span {
        if let Some((Segment::Key(key), above)) = route.segments().split_last() {
            let above = above.iter().fold(Route::root(), |route, next| route.then(next.clone()));
            if let Some(entry) = self.root.at(&above).and_then(|node| node.entry(key)) {
                return entry.key_span;
            }
        }
        self.span(route)
    }

    fn empty(source: &Source) -> Self {
        let root = Node::new(Span::default(), Kind::Map(Arc::new([])));
        Self { source: source.clone(), root }
    }
}
