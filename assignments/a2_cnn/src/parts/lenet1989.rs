//! A2.4 LeNet 1989 on zip codes.
