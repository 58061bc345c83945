//! What a wrong runbook is told: one file a code, rendered.
