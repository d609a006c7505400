//! What the answers of A2.2 should be.
