//! The tree: values with their places.

use std::ops::Range;
use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use super::scalar;
use crate::text::{Piece, Route, Segment, Source, Span};

/// A value and the bytes it stands in. A copy costs as much as a pointer.
#[derive(Clone, Debug)]
pub struct Node {
    // A span in half its size: no text of four gigabytes is read, and there are several nodes to
    // a step.
    start: u32,
    end: u32,
    kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text, a number, a boolean or nothing.
    Scalar {
        /// The characters, without quotes and with escapes resolved.
        text: Piece,
        /// Whether it stands without quotes, so that it may be something else than a text.
        plain: bool,
    },
    /// Items in their order.
    List(Arc<[Node]>),
    /// Keys and values, in the order of the file; no key stands twice.
    Map(Arc<[Entry]>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Piece,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Returns the place of the value, or of the key where nothing stands behind it.
    pub const fn place(&self) -> Span {
        let span = self.value.span();
        if span.start == span.end { self.key_span } else { span }
    }
}

impl Node {
    /// Makes a node.
    pub(super) fn new(span: Span, kind: Kind) -> Self {
        let narrow = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        Self { start: narrow(span.start), end: narrow(span.end), kind }
    }

    /// Makes an empty list, for one that was refused.
    pub(crate) fn no_items(span: Span) -> Self {
        Self::new(span, Kind::List(Arc::new([])))
    }

    /// Returns the bytes it stands in; those of a list or mapping end with its last item.
    pub const fn span(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }

    /// Returns what it is.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Returns the keys and values of a mapping; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// Finds a key of a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// Follows a route, and returns the node at its end.
    pub fn at(&self, route: &Route) -> Option<&Self> {
        route.segments().iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.entry(key).map(|entry| &entry.value),
            Segment::Index(index) => node.items().get(*index),
        })
    }

    /// Follows a route as far as it goes, and returns the last node on it.
    pub fn nearest(&self, route: &Route) -> &Self {
        let mut node = self;
        for segment in route.segments() {
            let next = match segment {
                Segment::Key(key) => node.entry(key).map(|entry| &entry.value),
                Segment::Index(index) => node.items().get(*index),
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// Returns the value by the rules of YAML 1.2: only `true` and `false` are booleans.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar { text, plain: true } => scalar::read(text),
            Kind::Scalar { text, plain: false } => Value::String(text.to_string()),
            Kind::List(items) => Value::Sequence(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => {
                let pair = |entry: &Entry| (entry.key.as_ref().into(), entry.value.value());
                Value::Mapping(entries.iter().map(pair).collect::<Mapping>())
            }
        }
    }

    /// Returns the text of a scalar whose value is a text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, plain } => (!plain || scalar::is_text(text)).then_some(&**text),
            _ => None,
        }
    }

    /// Tells whether there is no value: `key:` with nothing behind it, `null` or `~`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if scalar::is_null(text))
    }

    /// Finds the place of some bytes of its text in the file.
    ///
    /// Exact where the text stands in the file as it reads, which escapes and folded lines
    /// prevent; then it is the same characters further on in the node, else the whole node.
    pub fn inside(&self, source: &Source, part: Range<usize>) -> Span {
        let place = self.span();
        let Kind::Scalar { text, .. } = &self.kind else { return place };
        let Some(raw) = source.text().get(place.start..place.end) else { return place };
        let quote = usize::from(raw.starts_with(['"', '\'']));
        if raw.get(quote..raw.len() - quote.min(raw.len())) == Some(&**text) {
            let start = place.start + quote;
            return Span::new(start + part.start, start + part.end);
        }
        let Some(wanted) = text.get(part.clone()).filter(|wanted| !wanted.is_empty()) else {
            return place;
        };
        let before = text[..part.start].matches(wanted).count();
        match raw.match_indices(wanted).nth(before) {
            Some((at, _)) => Span::new(place.start + at, place.start + at + wanted.len()),
            None => place,
        }
    }
}
