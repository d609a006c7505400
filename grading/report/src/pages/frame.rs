//! What all pages have around their content.

use askama::Template;

use super::ReportError;
use super::policy::policy;

const STYLE: &str = include_str!("../../templates/style.css");
const SCRIPT: &str = include_str!("../../templates/tables.js");

/// The head of a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The content security policy.
    pub policy: String,
    /// Says that the page is ours and of which assignment, so that it may be replaced and removed.
    pub mark: String,
    /// The style sheet.
    pub style: &'static str,
    /// The script; none on the pages for students.
    pub script: Option<&'static str>,
    /// `A1`
    pub assignment: String,
}

impl Frame {
    /// The head of the pages of `assignment`.
    #[must_use]
    pub fn new(assignment: &str, with_script: bool) -> Self {
        let script = with_script.then_some(SCRIPT);
        Self {
            policy: policy(STYLE, script),
            mark: mark(assignment),
            style: STYLE,
            script,
            assignment: assignment.to_uppercase(),
        }
    }
}

/// What a page of `assignment` has in its `generator`.
fn mark(assignment: &str) -> String {
    format!("course report {assignment}")
}

/// Whether the file `bytes` is a page that was made for `assignment`.
#[must_use]
pub fn is_ours(bytes: &[u8], assignment: &str) -> bool {
    // The name of an assignment has nothing that would be escaped.
    let mark = format!("<meta name=\"generator\" content=\"{}\">", mark(assignment));
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(mark.len())
        .any(|window| window == mark.as_bytes())
}

/// The page as text, with the odd characters of hand-ins made visible.
pub(crate) fn render(name: &str, page: &impl Template) -> Result<String, ReportError> {
    let text = page.render().map_err(|source| ReportError::Page {
        page: name.to_string(),
        source,
    })?;
    Ok(visible(&text))
}

/// `text` with control characters and those that turn the direction of what follows replaced by their numbers:
/// a name must not look like another. Joiners, which Persian needs, stay.
fn visible(text: &str) -> String {
    let odd = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(odd) {
        return text.to_string();
    }
    let mut shown = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if odd(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_deceive_are_shown_by_their_number() {
        assert_eq!(visible("a\u{202e}b\0c\td\n"), "a\\u{202e}b\\u{0}c\td\n");
        assert_eq!(visible("\u{1b}[31mred"), "\\u{1b}[31mred");
        assert_eq!(visible("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn style_and_script_hold_nothing_that_would_be_replaced() {
        assert_eq!(visible(STYLE), STYLE);
        assert_eq!(visible(SCRIPT), SCRIPT);
        assert!(!STYLE.contains('\r') && !SCRIPT.contains('\r'));
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }

    /// The colours that the style sheet gives to names after `start`.
    fn colours(start: &str) -> std::collections::HashMap<&str, &str> {
        let from = STYLE.find(start).unwrap();
        let block = &STYLE[from..][..STYLE[from..].find("--median").unwrap()];
        let lines = block
            .split(';')
            .filter_map(|line| line.trim().rsplit_once(": #"));
        lines
            .map(|(name, colour)| (&name[name.rfind("--").unwrap()..], colour))
            .collect()
    }

    /// The relative luminance of WCAG 2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }

    #[test]
    fn every_text_has_enough_contrast_in_light_dark_and_print() {
        for start in [
            ":root {",
            "@media (prefers-color-scheme: dark)",
            "@media print",
        ] {
            let colours = colours(start);
            for text in ["--text", "--quiet", "--link", "--good", "--warn", "--bad"] {
                for ground in ["--paper", "--panel"] {
                    let (a, b) = (luminance(colours[text]), luminance(colours[ground]));
                    let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(ratio >= 4.5, "{start}: {text} on {ground} has {ratio:.2}");
                }
            }
        }
    }
}
