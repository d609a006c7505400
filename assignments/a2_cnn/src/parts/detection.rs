//! A2.11 Detection.
