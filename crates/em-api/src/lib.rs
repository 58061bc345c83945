//! The REST API of Veeam Backup Enterprise Manager (EM), as values.
//!
//! [`protocol`] holds what goes over the wire and what it means, [`operation`] what can be asked.
//! Without features nothing here opens a socket or reads a clock.
//!
//! An operation is a value that makes a request and reads the answer to it:
//!
//! ```
//! use em_api::operation::{Operation, UndoFailoverPlan};
//! use em_api::protocol::{Media, PlanId, Response, TaskOutcome};
//!
//! let undo = UndoFailoverPlan { plan: PlanId::parse("ae01e36f-32a3-4095-95fa-09a2af744009")? };
//! let request = undo.request(Media::Xml);
//! assert_eq!(request.shown(), "POST /api/failoverPlans/ae01e36f-32a3-4095-95fa-09a2af744009?action=undo");
//!
//! let body = br#"<Task xmlns="http://www.veeam.com/ent/v1.0"><TaskId>task-1</TaskId></Task>"#;
//! let response = Response { status: 202, headers: vec![], body: body.to_vec() };
//! assert_eq!(undo.answer(&response)?.outcome(), TaskOutcome::Pending);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "client")]
pub mod client;
pub mod exchange;
pub mod operation;
pub mod protocol;
