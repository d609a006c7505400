//! JUnit XML, in the dialect of Jenkins and nextest: a test suite for each hand-in, a test case for each check.
//!
//! It says of a check what its student may read, so that the file may lie where others see it.

use std::fmt::Write;

use crate::SummaryStatus;
use crate::pages::{ClassResults, HandInResults, Test};

/// The results of a class. Times make two runs differ, so they are there `with_times` only.
#[must_use]
pub fn junit_xml(class: &ClassResults, with_times: bool) -> String {
    let all = class.hand_ins.iter().map(Counts::of);
    let sum = all.fold(Counts::default(), |a, b| Counts {
        tests: a.tests + b.tests,
        failures: a.failures + b.failures,
        errors: a.errors + b.errors,
    });
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n",
        attribute(&class.assignment),
        sum.attributes()
    );
    for hand_in in &class.hand_ins {
        suite(hand_in, with_times, &mut xml);
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// How many test cases there are, and how they ended.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
}

impl Counts {
    fn of(hand_in: &HandInResults) -> Self {
        let failed = |tests: &[Test]| tests.iter().filter(|test| !test.passed()).count();
        let (tests, failures, errors) = match hand_in.summary.status {
            SummaryStatus::Graded => {
                let tests = &hand_in.public.tests;
                (tests.len(), failed(tests), 0)
            }
            SummaryStatus::Rejected => (1, 1, 0),
            SummaryStatus::GraderError => (1, 0, 1),
        };
        Self {
            tests,
            failures,
            errors,
        }
    }

    fn attributes(&self) -> String {
        let Self {
            tests,
            failures,
            errors,
        } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"")
    }
}

fn suite(hand_in: &HandInResults, with_times: bool, xml: &mut String) {
    let summary = &hand_in.summary;
    let name = attribute(&summary.hand_in);
    let counts = Counts::of(hand_in).attributes();
    let timing = &hand_in.timing;
    let time = if with_times {
        let seconds = timing.read + timing.compile + timing.check;
        format!(" time=\"{seconds:.3}\"")
    } else {
        String::new()
    };
    let _ = writeln!(xml, "  <testsuite name=\"{name}\" {counts}{time}>");
    properties(hand_in, xml);
    match summary.status {
        SummaryStatus::Graded => {
            for test in &hand_in.public.tests {
                let seconds = timing.checks.get(&test.name).filter(|_| with_times);
                case(&name, test, seconds, xml);
            }
        }
        SummaryStatus::Rejected | SummaryStatus::GraderError => {
            let element = match summary.status {
                SummaryStatus::Rejected => "failure",
                _ => "error",
            };
            let word = summary.status.word();
            let why = &hand_in.public.output;
            let _ = writeln!(
                xml,
                "    <testcase name=\"grading\" classname=\"{name}\">\n      \
                 <{element} type=\"{word}\" message=\"{}\"/>\n    </testcase>",
                attribute(why)
            );
        }
    }
    xml.push_str("  </testsuite>\n");
}

fn properties(hand_in: &HandInResults, xml: &mut String) {
    let summary = &hand_in.summary;
    let number = |points: Option<u32>| points.map(|points| points.to_string()).unwrap_or_default();
    let all = [
        ("student", attribute(&summary.student)),
        ("points", number(summary.points)),
        ("max", summary.max.to_string()),
        ("theory", number(summary.theory)),
        ("theory_max", summary.theory_max.to_string()),
    ];
    xml.push_str("    <properties>\n");
    for (name, value) in all {
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{value}\"/>");
    }
    xml.push_str("    </properties>\n");
}

fn case(suite: &str, test: &Test, seconds: Option<&f64>, xml: &mut String) {
    let (part, id) = (attribute(&test.number), attribute(&test.name));
    let time = seconds.map(|seconds| format!(" time=\"{seconds:.3}\""));
    let time = time.unwrap_or_default();
    let _ = write!(
        xml,
        "    <testcase name=\"{part} {id}\" classname=\"{suite}\"{time}"
    );
    if test.passed() {
        xml.push_str("/>\n");
        return;
    }
    let first = test.output.lines().next().unwrap_or_default();
    let _ = writeln!(
        xml,
        ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>",
        attribute(&test.extra_data.verdict),
        attribute(first),
        text(&test.output)
    );
}

/// `text` without the characters that XML 1.0 cannot hold, not even escaped, and with the others escaped.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' => escaped.push(c),
            // A parser would make a line end of it.
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(c),
        }
    }
    escaped
}

/// As [`text`], for between quotes, where a parser makes spaces of line ends and tabs.
fn attribute(value: &str) -> String {
    text(value)
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_gone_and_the_rest_comes_back() {
        let odd = "a<b>&\"'\u{1b}[31m\0\u{b}\u{fffe} ]]> علی\u{202e}\r\n\t.";
        let xml = format!("<a b=\"{}\">{}</a>", attribute(odd), text(odd));
        let document = roxmltree::Document::parse(&xml).unwrap();
        let read = "a<b>&\"'[31m ]]> علی\u{202e}\r\n\t.";
        assert_eq!(document.root_element().attribute("b"), Some(read));
        assert_eq!(document.root_element().text(), Some(read));
    }
}
