//! Bytes of a source file to text.

/// A source file as it is graded, with what was changed on the way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub text: String,
    pub changes: Vec<&'static str>,
}

/// Decodes UTF-8, or UTF-16 with a byte order mark, and makes the line ends `\n`. The error continues
/// "losses.rs ... ".
pub(crate) fn decode(bytes: &[u8]) -> Result<Source, &'static str> {
    let mut changes = Vec::new();
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, &mut changes)?,
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, &mut changes)?,
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            changes.push("byte order mark removed");
            utf8(rest)?
        }
        _ => utf8(bytes)?,
    };
    if text.contains('\0') {
        return Err("contains NUL bytes; save it as UTF-8");
    }
    if !text.contains("\r\n") {
        return Ok(Source { text, changes });
    }
    changes.push("Windows line ends converted");
    Ok(Source {
        text: text.replace("\r\n", "\n"),
        changes,
    })
}

fn utf8(bytes: &[u8]) -> Result<String, &'static str> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "is not UTF-8 text")
}

fn utf16(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    changes: &mut Vec<&'static str>,
) -> Result<String, &'static str> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
    changes.push("converted from UTF-16 to UTF-8");
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err("is broken UTF-16 text; save it as UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_left_alone() {
        let source = decode("fn a() {} // سلام\n".as_bytes()).unwrap();
        assert_eq!(
            source,
            Source {
                text: "fn a() {} // سلام\n".to_owned(),
                changes: vec![]
            }
        );
    }

    #[test]
    fn marks_and_line_ends_are_normalised() {
        let source = decode(b"\xEF\xBB\xBFa\r\nb\r\n").unwrap();
        assert_eq!(source.text, "a\nb\n");
        assert_eq!(source.changes.len(), 2);
    }

    #[test]
    fn utf16_is_converted() {
        for (mark, bytes) in [
            (0xFEFF_u16, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (0xFEFF, u16::to_be_bytes),
        ] {
            let units = std::iter::once(mark).chain("fn ß() {}\n".encode_utf16());
            let raw: Vec<u8> = units.flat_map(bytes).collect();
            assert_eq!(decode(&raw).unwrap().text, "fn ß() {}\n");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            &b"\xFF\xFEa"[..],
            b"\xFF\xFE\x00\xD8",
            b"a\0b",
            b"\x80\x81",
            b"f\0n\0",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
