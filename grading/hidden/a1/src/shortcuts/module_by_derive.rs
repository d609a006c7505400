//! A module of Burn's through the prelude.

use burn::prelude::*;

#[derive(Module, Debug)]
pub struct Scale {
    factor: f64,
}
