//! The REST API of Veeam Backup Enterprise Manager (EM), as values.
//!
//! `protocol` holds what goes over the wire and what it means, `operation` what can be asked.
//! Without features nothing here opens a socket or reads a clock.

pub mod protocol;
