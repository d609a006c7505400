//! Solutions to compare, and what people do to a text so that it looks different.

// Each test and example uses another part of this.
#![allow(dead_code)]

pub mod class;
pub mod rng;
pub mod sources;
pub mod transform;
