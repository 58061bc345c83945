//! Values of the protocol. They know nothing of sockets, time, or runbooks.

mod http;
mod id;
mod media;

pub use http::{Body, Method, Request, Response};
pub use id::{IdError, PlanId, SessionId, TaskId};
pub use media::Media;
