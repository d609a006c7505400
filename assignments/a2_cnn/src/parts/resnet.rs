//! A2.7 Residual networks.
