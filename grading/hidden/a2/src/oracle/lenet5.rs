//! What the answers of A2.5 should be.
