//! Recorded exchanges: the arbiter of client and simulator.
