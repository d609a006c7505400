//! Each format to the byte, for a class with a formula for a name, a pending student and an excused one.

use std::io::Read;

use super::*;
use crate::book::compute;
use crate::sample::{decided, events, policy, roster};

fn book(more: &str) -> Book {
    let mut events = events();
    events.overrides = vec![decided(1, "1004", "a1", "excused")];
    compute(&policy(more), &roster(), &events)
}

#[test]
fn the_table_has_everything() {
    let text = csv(&book(""), &policy(""), false);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "student,name,email,section,a1.practical,a1.theory,a1,a2.practical,a2.theory,a2,homework,midterm,final,total,practical_slack_left,theory_slack_left,pending"
    );
    assert_eq!(
        lines[1],
        "1001,\"Lovelace, Ada\",ada@example.org,1,75.00,100.00,80.00,100.00,100.00,100.00,90.00,75.00,90.00,87.00,8,3,"
    );
    assert_eq!(
        lines[2],
        "1002,'=Eve,eve@example.org,1,80.00,80.00,80.00,0.00,0.00,0.00,40.00,100.00,25.00,48.25,7,2,"
    );
    assert_eq!(
        lines[3],
        "1003,سارا رضایی,sara@example.org,2,,,,50.00,100.00,60.00,,50.00,,,10,5,a1.practical a1.theory final"
    );
    assert_eq!(
        lines[4],
        "1004,Bob,bob@example.org,2,0.00,0.00,excused,0.00,0.00,0.00,0.00,,,,10,5,midterm final"
    );
    assert_eq!(lines[5..], [""]);
    assert!(csv(&book(""), &policy(""), true).starts_with("\u{FEFF}student,"));
}

#[test]
fn canvas_gets_its_columns_points_and_marks() {
    let named = "[exports.canvas]\na1 = \"Assignment 1, nets (4711)\"\n";
    let text = canvas(&book(named), &policy(named));
    assert_eq!(
        text,
        "Student,ID,SIS User ID,SIS Login ID,Section,\"Assignment 1, nets (4711)\",a2,midterm,final\r\n\
         \u{20}   Points Possible,,,,,100,100,100,100\r\n\
         \"Lovelace, Ada\",501,1001,ada,1,80.00,100.00,75.00,90.00\r\n\
         '=Eve,502,1002,eve,1,80.00,0.00,100.00,25.00\r\n\
         سارا رضایی,,1003,,2,,60.00,50.00,\r\n\
         Bob,,1004,,2,EX,0.00,,\r\n"
    );
}

#[test]
fn quera_gets_numbers_and_scores() {
    assert_eq!(
        quera(&book(""), "total").unwrap(),
        "Students,Score\r\n1001,87.00\r\n1002,48.25\r\n1003,\r\n1004,\r\n"
    );
    let error = quera(&book(""), "a7").unwrap_err().to_string();
    assert_eq!(
        error,
        "\"a7\" is no item of the course; there is: a1, a2, homework, midterm, final, total"
    );
}

#[test]
fn a_worksheet_of_moodle_is_filled_in_and_nothing_else_in_it_changes() {
    let text = "\u{FEFF}Identifier,\"Full name\",\"Email address\",Status,Grade,\"Maximum Grade\",\"Grade can be changed\",\"Last modified (grade)\",\"Feedback comments\"\n\
        \"Participant 9\",\"Lovelace, Ada\",ADA@example.org,Submitted,,20.00,Yes,\"Monday, 2 November 2026, 10:00 AM\",\"<p>=1</p>\"\n\
        \"Participant 72\",=Eve,,Submitted,3,20.00,Yes,-,\n\
        \"Participant 5\",Sara,sara@example.org,Submitted,7,20.00,Yes,-,\n\
        \"Participant 6\",Stranger,s@example.org,,4,20.00,Yes,-,\n";
    let worksheet = Worksheet {
        path: "w.csv",
        text,
    };
    let found = moodle(&book(""), "a1", Some(&worksheet)).unwrap();
    assert_eq!(
        found.text,
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments\r\n\
         Participant 9,\"Lovelace, Ada\",ADA@example.org,Submitted,16.00,20.00,Yes,\"Monday, 2 November 2026, 10:00 AM\",<p>=1</p>\r\n\
         Participant 72,=Eve,,Submitted,16.00,20.00,Yes,-,\r\n\
         Participant 5,Sara,sara@example.org,Submitted,7,20.00,Yes,-,\r\n\
         Participant 6,Stranger,s@example.org,,4,20.00,Yes,-,\r\n"
    );
    assert_eq!(
        found.notes,
        [
            "line 5: \"Participant 6\" is not in the roster; its grade is left as it is",
            "1004 is not in the worksheet"
        ]
    );
}

#[test]
fn without_a_worksheet_one_is_made_of_those_with_a_number() {
    let found = moodle(&book(""), "a1.practical", None).unwrap();
    let lines: Vec<&str> = found.text.split("\r\n").collect();
    assert_eq!(
        lines[1],
        "Participant 71,\"Lovelace, Ada\",ada@example.org,,75.00,100.00,Yes,-,-,"
    );
    assert_eq!(lines.len(), 4);
    assert_eq!(found.notes.len(), 2);
}

#[test]
fn another_file_than_a_worksheet_is_refused() {
    let error = |text| {
        let worksheet = Worksheet {
            path: "w.csv",
            text,
        };
        moodle(&book(""), "a1", Some(&worksheet))
            .unwrap_err()
            .to_string()
    };
    assert!(error("").starts_with("w.csv: it is empty; download"));
    assert!(error("a,b\n1,2\n").starts_with("w.csv: it has no column \"Last modified (grade)\""));
    assert!(error("Identifier,Grade,Maximum Grade,Last modified (grade),Email address\nParticipant 71,,many,-,\n").contains("line 2: the maximum grade is \"many\""));
}

#[test]
fn the_workbook_has_numbers_as_numbers_and_formulas_as_text() {
    let bytes = xlsx(&book("")).unwrap();
    assert_eq!(
        bytes,
        xlsx(&book("")).unwrap(),
        "the same book gives the same bytes"
    );
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive
            .by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let sheet = part("xl/worksheets/sheet1.xml");
    let strings = part("xl/sharedStrings.xml");
    // column J of row 2 is Ada's total, a number; A2 is her number, a text
    assert!(
        sheet.contains("<c r=\"J2\" s=\"2\"><v>87</v></c>"),
        "{sheet}"
    );
    assert!(sheet.contains("<c r=\"A2\" t=\"s\">"), "{sheet}");
    assert!(sheet.contains("state=\"frozen\""));
    // Sara's total is pending: an empty cell, not 0
    assert!(!sheet.contains("r=\"J4\""));
    assert!(!sheet.contains("<f>"));
    assert!(strings.contains("<t>=Eve</t>") && strings.contains("<t>1001</t>"));
}
