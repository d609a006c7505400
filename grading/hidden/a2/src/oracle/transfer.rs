//! What the answers of A2.10 should be.
