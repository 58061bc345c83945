//! Whole runs, driven by hand.
