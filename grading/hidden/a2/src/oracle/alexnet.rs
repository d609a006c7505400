//! What the answers of A2.6 should be.
