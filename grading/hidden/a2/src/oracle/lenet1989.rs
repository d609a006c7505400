//! What the answers of A2.4 should be.
