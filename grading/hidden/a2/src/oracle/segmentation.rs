//! What the answers of A2.12 should be.
