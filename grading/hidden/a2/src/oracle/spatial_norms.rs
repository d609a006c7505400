//! What the answers of A2.8 should be.
