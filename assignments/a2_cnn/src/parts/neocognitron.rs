//! A2.1 The neocognitron of 1979.
