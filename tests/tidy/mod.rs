//! The house rules that a script can hold.
