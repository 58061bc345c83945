//! What the types of parameters cannot say, held against what is written; expressions are open
//! still and are passed over.

use crate::document::Node;
use crate::problem::Problems;

pub(super) fn query(_: &Node, _: &mut Problems) {}
pub(super) fn em_request(_: &Node, _: &mut Problems) {}
pub(super) fn http(_: &Node, _: &mut Problems) {}
pub(super) fn dns(_: &Node, _: &mut Problems) {}
pub(super) fn command(_: &Node, _: &mut Problems) {}
pub(super) fn decide(_: &Node, _: &mut Problems) {}
