//! A2.10 Transfer learning.
