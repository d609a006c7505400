//! What the answers of A2.3 should be.
