//! A2.2 Convolution.
