//! Values of the protocol. They know nothing of sockets, time, or runbooks.

mod failover_plan;
mod fault;
mod http;
mod id;
mod link;
mod media;
mod reference;
mod session;
mod task;
mod token;
pub(crate) mod wire;

pub use failover_plan::{FailoverPlan, FailoveredVm};
pub use fault::Fault;
pub use http::{Body, Method, Request, Response};
pub use id::{IdError, PlanId, SessionId, TaskId};
pub use link::Link;
pub use media::Media;
pub use reference::PlanRef;
pub(crate) use session::hide_session;
pub use session::{LoggedOn, LogonSession, SESSION_HEADER};
pub use task::{Task, TaskNeed, TaskOutcome, TaskResult, TaskState};
pub use token::Token;
