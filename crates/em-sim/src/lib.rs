//! A simulated Enterprise Manager, to rehearse against and to test with.
//!
//! [`World`] is the whole server as a value: a request and the time go in, an answer comes out.
//! [`Server`] puts it behind HTTPS on the loopback address. The crate takes from `em-api` ids
//! and HTTP values only and writes its documents by itself, so that it can disagree with the
//! client; the recorded exchanges in `tests/exchanges` decide between the two.
//!
//! # Example
//! ```
//! use em_api::protocol::{Method, PlanId};
//! use em_sim::{Fault, Incoming, Outcome, PlanState, When, World};
//!
//! let mut world = World::builtin("operator", "secret");
//! let plan = PlanId::parse("ae01e36f-32a3-4095-95fa-09a2af744009")?;
//! let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse()?;
//!
//! // The account logs on; the token is in a header of the answer.
//! let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
//!     .with_header("Authorization", "Basic b3BlcmF0b3I6c2VjcmV0");
//! let Outcome::Answer(answer) = world.handle(now, &logon) else { panic!("no answer") };
//! let token = answer.header("X-RestSvcSessionId").unwrap_or_default().to_owned();
//!
//! // The answer to the start gets lost, though the plan starts.
//! world.arm(When::first(Method::Post, "action=start"), Fault::LoseAnswer);
//! let start = Incoming::new(Method::Post, format!("/api/failoverPlans/{plan}?action=start"))
//!     .with_header("X-RestSvcSessionId", token)
//!     .with_body(em_api::protocol::Media::Json, r#"{"StartNow": true}"#)
//!     .with_header("Accept", "application/json");
//! assert_eq!(world.handle(now, &start), Outcome::Drop);
//! world.advance(now + std::time::Duration::from_secs(2));
//! assert_eq!(world.plan_state(&plan), Some(PlanState::FailedOver));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod fault;
mod script;
mod server;
mod world;

pub use fault::{Effect, Fault, When};
pub use script::{Ending, Script};
pub use server::{Certificate, Moment, Names, Next, Options, Server, Watcher};
pub use world::{
    Action, BackupServer, DeleteTask, Entry, Event, Habits, Incoming, Machine, Outcome, Plan,
    PlanState, Seen, TaskNames, World,
};
