//! The toolkit's own reader of IDX files.

pub fn rows(bytes: &[u8]) -> Option<usize> {
    let file = ::common::data::idx::parse(bytes).ok()?;
    file.shape.get(1).copied()
}
