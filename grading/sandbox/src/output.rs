//! What a program printed: kept in bounds, and made harmless before anybody looks at it.

/// One output stream: all of it, or its beginning and its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The bytes as they came; where some are left out, a line says how many.
    pub bytes: Vec<u8>,
    /// Whether some are left out.
    pub truncated: bool,
}

impl Output {
    /// The output as text that can be shown: see [`sanitize`].
    pub fn text(&self) -> String {
        sanitize(&self.bytes)
    }
}

/// Takes any number of bytes and keeps the first and the last `limit / 2`.
#[derive(Debug)]
pub(crate) struct Keeper {
    half: usize,
    head: Vec<u8>,
    tail: Vec<u8>,
    dropped: u64,
}

impl Keeper {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            half: limit / 2,
            head: Vec::new(),
            tail: Vec::new(),
            dropped: 0,
        }
    }

    /// Takes the next bytes. The tail may grow to twice its size before the surplus is cut off,
    /// so that each byte is moved at most once on average.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = (self.half - self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > 2 * self.half {
            self.cut_tail();
        }
    }

    fn cut_tail(&mut self) {
        let surplus = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..surplus);
        self.dropped += surplus as u64;
    }

    pub(crate) fn finish(mut self) -> Output {
        self.cut_tail();
        let mut bytes = self.head;
        if self.dropped > 0 {
            let note = format!("\n[... {} bytes left out ...]\n", self.dropped);
            bytes.extend_from_slice(note.as_bytes());
        }
        bytes.extend_from_slice(&self.tail);
        Output {
            bytes,
            truncated: self.dropped > 0,
        }
    }
}

/// The most that [`sanitize`] returns, in bytes, without the note at its end.
const LONGEST: usize = 64 << 10;

/// Text that is safe to show in a terminal or a report: invalid UTF-8 replaced, escape sequences,
/// control characters (all but newline and tab) and text-direction overrides removed, carriage
/// returns turned into newlines, at most 64 KiB.
pub fn sanitize(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut clean = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_csi(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut rest),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => clean.push('\n'),
            '\n' | '\t' => clean.push(c),
            _ if c.is_control() || overrides_direction(c) => {}
            _ => clean.push(c),
        }
        if clean.len() > LONGEST {
            clean.truncate(clean.floor_char_boundary(LONGEST));
            clean.push_str("\n[...]");
            break;
        }
    }
    clean
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// After ESC (ECMA-48): `[` opens a control sequence, `]` `P` `X` `^` `_` a string, anything else
/// is intermediate characters and one final character.
fn skip_escape(rest: &mut Rest) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_csi(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        _ => {
            while rest.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            rest.next_if(|c| matches!(c, '0'..='~'));
        }
    }
}

/// Parameters and intermediates, then one final character.
fn skip_csi(rest: &mut Rest) {
    while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    rest.next_if(|c| matches!(c, '@'..='~'));
}

/// Up to BEL, ST or, so that an unclosed string cannot hide what follows, the end of the line.
fn skip_string(rest: &mut Rest) {
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

/// Bidirectional overrides and isolates; the joiners that Persian needs stay.
fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(limit: usize, pieces: &[&[u8]]) -> Output {
        let mut keeper = Keeper::new(limit);
        pieces.iter().for_each(|piece| keeper.push(piece));
        keeper.finish()
    }

    #[test]
    fn short_output_is_kept_whole() {
        let out = keep(8, &[b"abc", b"defgh"]);
        assert_eq!(
            (out.bytes.as_slice(), out.truncated),
            (&b"abcdefgh"[..], false)
        );
    }

    #[test]
    fn long_output_keeps_its_ends() {
        let out = keep(4, &[b"abcd", b"efgh", b"ijkl"]);
        assert!(out.truncated);
        assert_eq!(out.text(), "ab\n[... 8 bytes left out ...]\nkl");
    }

    #[test]
    fn a_limit_of_zero_keeps_nothing() {
        assert_eq!(keep(0, &[b"abc"]).text(), "\n[... 3 bytes left out ...]\n");
    }

    #[test]
    fn escapes_and_controls_are_removed() {
        assert_eq!(
            sanitize(b"\x1b[31mred\x1b[0m \x1b]0;title\x07x\x1b]8;;http://a\x1b\\y\0\x08z"),
            "red xyz"
        );
        assert_eq!(sanitize("a\u{9b}31mb\u{90}q\u{9c}c".as_bytes()), "abc");
        assert_eq!(sanitize(b"\x1b(Ba\x1b"), "a");
        assert_eq!(sanitize(b"\x1b]unclosed\nnext"), "\nnext");
    }

    #[test]
    fn carriage_returns_cannot_overwrite_a_line() {
        assert_eq!(
            sanitize(b"score 0\rscore 100\r\nend"),
            "score 0\nscore 100\nend"
        );
    }

    #[test]
    fn text_in_any_script_stays_and_overrides_go() {
        assert_eq!(
            sanitize("می\u{200c}خواهم \u{202e}abc".as_bytes()),
            "می\u{200c}خواهم abc"
        );
        assert_eq!(sanitize(b"\xff\xfeok"), "\u{fffd}\u{fffd}ok");
    }

    #[test]
    fn length_is_capped_between_characters() {
        let long = "é".repeat(LONGEST);
        let clean = sanitize(long.as_bytes());
        assert!(clean.len() <= LONGEST + "\n[...]".len() && clean.ends_with("é\n[...]"));
    }
}
