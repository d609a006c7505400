//! Plain text.

use super::error::FormatError;

/// The text of a file (unzipped).
///
/// # Errors
/// When it is not UTF-8.
pub fn parse(bytes: Vec<u8>) -> Result<String, FormatError> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        FormatError::at(
            at,
            format!("expected UTF-8 text, found byte {:#04x}", e.as_bytes()[at]),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf8() {
        assert_eq!(parse("déjà\n".into()).unwrap(), "déjà\n");
        let error = parse(b"ab\xffc".to_vec()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "byte 2: expected UTF-8 text, found byte 0xff"
        );
    }
}
