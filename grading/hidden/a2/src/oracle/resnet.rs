//! What the answers of A2.7 should be.
