//! `hint`: help with a part, a little more each time.

use super::style::wrap;
use crate::check::Part;

/// The first hint of `part`, or with `more` those that follow. `command` is what a student types.
#[must_use]
pub fn hint(part: &Part, more: bool, command: &str) -> String {
    let mut text = format!("{} {}\n", part.id, part.title);
    let (first, rest) = match part.hints {
        [] => return text + &wrap(part.start, 2),
        [first, rest @ ..] => (first, rest),
    };
    if !more {
        text += &wrap(first, 2);
        if !rest.is_empty() {
            text += &format!("More: {command} hint {} --more\n", part.module);
        }
    } else if rest.is_empty() {
        text += "  There is no further hint for this part.\n";
    } else {
        for (number, hint) in (2..).zip(rest) {
            text += &format!("\n{number}.\n{}", wrap(hint, 2));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_first_hint_tells_how_to_get_more() {
        let text = hint(&sample::PARTS[0], false, "cargo hw");
        assert_eq!(
            text,
            "S1.1 Adding and taking away\n  Addition has a symbol.\nMore: cargo hw hint adding --more\n"
        );
    }

    #[test]
    fn more_hints_come_after_the_first() {
        let text = hint(&sample::PARTS[0], true, "cargo hw");
        assert!(!text.contains("has a symbol"), "{text}");
        assert!(text.contains("\n2.\n  It looks like a cross."), "{text}");
    }

    #[test]
    fn a_part_without_hints_says_where_to_begin() {
        let text = hint(&sample::PARTS[1], false, "cargo hw");
        assert!(text.contains(sample::PARTS[1].start), "{text}");
    }

    #[test]
    fn the_only_hint_has_no_more() {
        let part = Part {
            hints: &["Look."],
            ..sample::PARTS[0]
        };
        assert!(!hint(&part, false, "cargo hw").contains("--more"));
        assert!(hint(&part, true, "cargo hw").contains("no further hint"));
    }
}
