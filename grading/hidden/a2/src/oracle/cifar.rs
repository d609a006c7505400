//! What the answers of A2.9 should be.
