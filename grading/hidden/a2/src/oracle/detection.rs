//! What the answers of A2.11 should be.
