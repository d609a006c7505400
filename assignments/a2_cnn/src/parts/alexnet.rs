//! A2.6 AlexNet 2012.
