//! What the pages, the JUnit file and the feedback hold, and what they never hold.

mod disk;
mod sample;

use std::collections::BTreeMap;

use common::archive::unzip_one;
use disk::{files, graded};
use report::pages::{ClassResults, Extras, LateSummary, file_name, write_pages};
use report::{junit_xml, write_feedback};
use sample::{HandIn, Outcome, RIGHT_ANSWER, SECRET, class};

fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    let bytes = files
        .get(name)
        .unwrap_or_else(|| panic!("{name} is missing"));
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn the_class_page_has_every_hand_in_and_the_figures() {
    let (_results, class) = graded(&class());
    let out = tempfile::tempdir().unwrap();
    let pages = write_pages(&class, &Extras::default(), out.path()).unwrap();
    assert_eq!(pages.pages, 1 + 2 * 62);
    let files = files(out.path());
    assert_eq!(files.len(), pages.pages);
    let index = text(&files, "index.html");
    for hand_in in &class.hand_ins {
        let link = format!("href=\"staff/{}.html\"", hand_in.summary.hand_in);
        assert!(index.contains(&link), "{link}");
    }
    for words in [
        "<dt>Hand-ins</dt><dd>62</dd>",
        "<dt>Students</dt><dd>58</dd>",
        "<dt>Graded</dt><dd>60</dd>",
        "<dt>Rejected</dt><dd>1</dd>",
        "<dt>Grader errors</dt><dd>1</dd>",
        "cannot write /tmp/driver: disk full",
        "it is a RAR archive",
        "Broken rules",
        "A1.4 at losses.rs:57",
        "The same files",
    ] {
        assert!(index.contains(words), "{words}");
    }
    assert!(!index.contains("Days late"));
}

#[test]
fn rates_and_figures_are_those_counted_by_hand() {
    // Full points, none, and full but for A1.5: 240, 0 and 220.
    let (_results, class) = graded(&[
        HandIn::named("full", Outcome::Chance(200)),
        HandIn::named("none", Outcome::Chance(0)),
        HandIn::named("five", Outcome::DoesNotCompile(4)),
    ]);
    let out = tempfile::tempdir().unwrap();
    write_pages(&class, &Extras::default(), out.path()).unwrap();
    let index = text(&files(out.path()), "index.html");
    assert!(index.contains("<dt>Mean</dt><dd>153.3 "), "460 / 3");
    assert!(index.contains("<dt>Median</dt><dd>220<"));
    assert!(index.contains("<dd>110 <small>to</small> 230</dd>"));
    let row = |start: &str| {
        let mut lines = index.lines();
        let found = lines.find(|line| line.contains(start));
        found
            .unwrap_or_else(|| panic!("no row {start}"))
            .to_string()
    };
    // A1.5: one of three has its 20 points; A1.1: two of three.
    let five = row("data-sort=\"5\">A1.5</th>");
    assert!(
        five.contains("6.7 <span class=\"quiet\">of 20") && five.contains(" 33 %"),
        "{five}"
    );
    let first = row("data-sort=\"1\">A1.1</th>");
    assert!(first.contains("13.3 <span class=\"quiet\">of 20") && first.contains(" 67 %"));
    let check = row("class=\"code\">mlp/shapes</th>");
    assert!(
        check.contains(" 33 %") && check.contains(">hidden<"),
        "{check}"
    );
    assert!(row("class=\"code\">mlp/values</th>").contains(">public<"));
    let hardest = index.find("class=\"code\">mlp/values</th>");
    assert!(hardest < index.find("class=\"code\">perceptron/values</th>"));
}

#[test]
fn late_days_have_columns_when_they_are_known() {
    let (_results, class) = graded(&class());
    let late = LateSummary {
        days_late: 4,
        slack_used: 3,
        penalty_percent: 10,
    };
    let extras = Extras {
        late: BTreeMap::from([("40121003".to_string(), late)]),
        ..Extras::default()
    };
    let out = tempfile::tempdir().unwrap();
    write_pages(&class, &extras, out.path()).unwrap();
    let files = files(out.path());
    let index = text(&files, "index.html");
    assert!(index.contains("Days late"));
    assert!(index.contains("<td class=\"number\">4</td><td class=\"number\">3</td>"));
    assert!(text(&files, "staff/40121003-1.html").contains("<dt>Penalty</dt><dd>10 %</dd>"));
}

#[test]
fn nothing_of_a_hidden_check_is_in_what_students_get() {
    let (_results, class) = graded(&class());
    let (pages, feedback) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_pages(&class, &Extras::default(), pages.path()).unwrap();
    write_feedback(&class, &Extras::default(), feedback.path()).unwrap();
    let right = RIGHT_ANSWER.to_string();
    let secrets = [SECRET, "22.95341868905", &right, "disk full", "earned"];
    let pages = files(pages.path());
    let staff = text(&pages, "staff/40121003-1.html");
    assert!(
        staff.contains(SECRET) && staff.contains(&right),
        "the secret is there to be found"
    );
    let students = pages
        .into_iter()
        .filter(|(name, _)| name.starts_with("students/"));
    let mut given: Vec<(String, Vec<u8>)> = students.collect();
    for (name, bytes) in files(feedback.path()) {
        if name.ends_with(".zip") {
            for file in ["report.html", "report.txt", "results.json"] {
                let file_bytes = unzip_one(&bytes, file, 1 << 24).unwrap().unwrap();
                given.push((format!("{name}/{file}"), file_bytes));
            }
        } else {
            given.push((name, bytes));
        }
    }
    given.push(("junit".into(), junit_xml(&class, true).into_bytes()));
    assert_eq!(given.len(), 62 + 2 * 3 * 58 + 1);
    for (name, bytes) in given {
        let text = String::from_utf8(bytes).unwrap();
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {name}");
        }
        assert!(!text.contains("staff/"), "{name} links to a staff page");
    }
}

/// Names that somebody might choose to do harm with.
fn hostile() -> Vec<String> {
    let long = "علی".repeat(33);
    let names = [
        "<script>alert(1)<\\script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "=HYPERLINK(\"x\")",
        "evil\u{202e}lmth.exe",
        "new\nline\u{1b}[31m",
        "{{ 7*7 }} {% raw %}",
        "-rf",
        "علی رضایی",
        &long,
    ];
    names.map(str::to_string).into()
}

#[test]
fn hostile_words_are_shown_and_do_nothing() {
    let mut class: Vec<HandIn> = Vec::new();
    for (index, name) in hostile().iter().enumerate() {
        let outcome = match index % 3 {
            0 => Outcome::Chance(60),
            1 => Outcome::Rejected(name.clone()),
            _ => Outcome::GraderError(name.clone()),
        };
        class.push(HandIn {
            notices: vec![name.clone()],
            remarks: vec![name.clone()],
            submitted_at: Some(name.clone()),
            ..HandIn::named(name, outcome)
        });
    }
    let (_results, class) = graded(&class);
    let out = tempfile::tempdir().unwrap();
    write_pages(&class, &Extras::default(), out.path()).unwrap();
    let pages = files(out.path());
    assert_eq!(pages.len(), 1 + 2 * hostile().len());
    for (name, bytes) in &pages {
        let page = String::from_utf8(bytes.clone()).unwrap();
        let scripts = usize::from(name == "index.html");
        assert_eq!(page.matches("<script").count(), scripts, "{name}");
        for bad in [
            "<img",
            "onerror=alert(1)>",
            "' onmouse",
            "\u{202e}",
            "\u{1b}",
        ] {
            assert!(!page.contains(bad), "{bad:?} in {name}");
        }
        assert!(!page.contains("style=\""), "{name}");
    }
    let index = text(&pages, "index.html");
    assert!(index.contains("&#60;script&#62;alert(1)"));
    assert!(index.contains("evil\\u{202e}lmth.exe"));
    roxmltree::Document::parse(&junit_xml(&class, true)).unwrap();
    let feedback = tempfile::tempdir().unwrap();
    write_feedback(&class, &Extras::default(), feedback.path()).unwrap();
    assert_eq!(files(feedback.path()).len(), 4 * hostile().len());
}

#[test]
fn the_junit_file_counts_what_is_in_it() {
    let (_results, class) = graded(&class());
    let xml = junit_xml(&class, false);
    assert_eq!(xml, junit_xml(&class, false));
    assert!(!xml.contains(" time="));
    assert!(junit_xml(&class, true).contains(" time="));
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    let count = |tag| root.descendants().filter(|n| n.has_tag_name(tag)).count();
    let said = |name| root.attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!(count("testsuite"), 62);
    // 60 graded hand-ins of 12 parts with 8 checks, a rejected one and one without a score.
    assert_eq!(said("tests"), 60 * 96 + 2);
    assert_eq!(
        (count("testcase"), count("failure"), count("error")),
        (said("tests"), said("failures"), 1)
    );
    assert_eq!(said("errors"), 1);
}

#[test]
fn names_of_files_are_in_links_as_they_are_on_disk() {
    let (_results, class) = graded(&[HandIn::named("علی رضایی", Outcome::Chance(90))]);
    let out = tempfile::tempdir().unwrap();
    write_pages(&class, &Extras::default(), out.path()).unwrap();
    let file = format!("{}.html", file_name("علی رضایی"));
    assert!(out.path().join("staff").join(&file).is_file());
    let index = text(&files(out.path()), "index.html");
    let link = index
        .split("href=\"staff/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(
        link.is_ascii() && link.starts_with("%D8%B9%D9%84%DB%8C_"),
        "{link}"
    );
}

#[test]
fn the_slowest_come_first_with_their_seconds() {
    let names = ["quick", "slow", "middling", "other"];
    let (results, _) = graded(&names.map(|name| HandIn::named(name, Outcome::Chance(90))));
    // The middle two of 0.1, 0.2, 0.5 and 4 are 0.2 and 0.5.
    for (name, seconds) in names.iter().zip([0.1, 4.0, 0.5, 0.2]) {
        let timing = serde_json::json!({
            "read": 0.25, "compile": 1.0, "check": seconds, "checks": {"losses/shapes": seconds},
        });
        let path = results.path().join(name).join("timing.json");
        std::fs::write(path, timing.to_string()).unwrap();
    }
    let class = ClassResults::read(results.path()).unwrap();
    let out = tempfile::tempdir().unwrap();
    write_pages(&class, &Extras::default(), out.path()).unwrap();
    let index = text(&files(out.path()), "index.html");
    let time = index.split("id=\"time\"").nth(1).unwrap();
    let place = |name: &str| time.find(&format!("<bdi>{name}</bdi>")).unwrap();
    assert!(place("slow") < place("middling") && place("middling") < place("other"));
    assert!(time.contains("compiling 1.0 s, checking 4.0 s"));
    assert!(time.contains("<td class=\"number\">5.2</td>"), "{time}");
    let check = "losses/shapes</th><td class=\"number\">0.35</td><td class=\"number\">4.00</td>";
    assert!(time.contains(check), "{time}");
}
