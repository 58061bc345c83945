//! How this server writes its documents, and how it reads the one document it takes.
//!
//! A document is a tree of [`Element`]s, made once and written as XML or as JSON by two small
//! writers. Nothing here is shared with the encoder of `em-api`: if both were one, client and
//! simulator could be wrong in the same way.

mod element;
mod json;
mod parts;
mod plan;
mod session;
mod spec;
mod task;
mod xml;

pub(crate) use element::Element;
pub(crate) use parts::{entry, error, is_version, query_result, references};
pub(crate) use plan::{PlanHref, plan, plan_reference, plans};
pub(crate) use session::{logon_session, logon_sessions};
pub(crate) use spec::StartSpec;
pub(crate) use task::{Outcome as TaskOutcome, TaskView, task, tasks};

use em_api::protocol::Media;

/// The namespace of every document.
const NAMESPACE: &str = "http://www.veeam.com/ent/v1.0";

/// Writes a document in the form that was asked for.
pub(crate) fn write(document: &Element, media: Media) -> Vec<u8> {
    match media {
        Media::Xml => xml::write(document),
        Media::Json => json::write(document),
    }
}
