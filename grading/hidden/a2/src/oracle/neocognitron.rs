//! What the answers of A2.1 should be.
