//! What the command line promises: arguments, exit codes, streams, signals.
