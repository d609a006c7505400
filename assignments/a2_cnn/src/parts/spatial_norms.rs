//! A2.8 Spatial and group normalisation, folding.
