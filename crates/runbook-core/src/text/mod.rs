//! Places in a text, and names that are nearly right. Knows nothing of YAML.

mod cut;
mod piece;
mod route;
mod source;
mod suggestion;

pub use cut::{cut, cut_or_quotes, is_visible, visible};
pub use piece::Piece;
pub use route::{Route, Segment};
pub use source::{Position, Source, Span};
pub use suggestion::{nearest, nearest_of_few};
