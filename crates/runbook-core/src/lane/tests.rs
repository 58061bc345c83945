//! The lanes, driven by hand.
