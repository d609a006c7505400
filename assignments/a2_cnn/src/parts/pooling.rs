//! A2.3 Pooling, upsampling, transposed convolution.
