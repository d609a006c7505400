//! The content security policy of a page: nothing is loaded from anywhere, and nothing runs or styles but what
//! stands in the page and has the given hash.

use hmac_sha256::Hash;

/// The policy of a page with the style sheet `style` and, when there is one, the script `script`.
#[must_use]
pub fn policy(style: &str, script: Option<&str>) -> String {
    let script = match script {
        Some(text) => format!("script-src {}; ", source(text)),
        None => String::new(),
    };
    format!(
        "default-src 'none'; style-src {}; {script}img-src data:; base-uri 'none'; form-action 'none'",
        source(style)
    )
}

/// The hash of an inline text as a policy names it.
fn source(text: &str) -> String {
    format!("'sha256-{}'", base64(&Hash::hash(text.as_bytes())))
}

/// RFC 4648, with padding. Thirty lines less than a dependency's features.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                let letter = LETTERS[(group >> (18 - 6 * place) & 63) as usize];
                text.push(char::from(letter));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in vectors {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_hash_is_that_of_another_program() {
        // printf 'doSomething();' | openssl dgst -sha256 -binary | base64
        assert_eq!(
            source("doSomething();"),
            "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='"
        );
    }

    #[test]
    fn a_page_without_a_script_allows_none() {
        assert!(!policy("", None).contains("script-src"));
        assert!(policy("", Some("")).contains("script-src 'sha256-47DEQpj8"));
    }
}
