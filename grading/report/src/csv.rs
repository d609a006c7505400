//! `summary.csv`: one line per hand-in (RFC 4180, UTF-8).

use gradebook::csv::line;

use crate::Summary;

/// The table of a class. `parts` are the ids of the parts, one column each.
#[must_use]
pub fn summary_csv(rows: &[Summary], parts: &[&str]) -> String {
    let mut header = vec!["hand_in", "student", "status", "points", "max"];
    header.extend(parts);
    header.extend(["theory", "theory_max", "notes"]);
    let mut lines = vec![line(&header)];
    for row in rows {
        let number = |points: Option<u32>| points.map(|p| p.to_string()).unwrap_or_default();
        let mut fields = vec![
            row.hand_in.clone(),
            row.student.clone(),
            row.status.word().to_string(),
            number(row.points),
            row.max.to_string(),
        ];
        fields.extend(parts.iter().map(|id| {
            row.parts
                .iter()
                .find(|(part, _)| part == id)
                .map(|(_, points)| points.to_string())
                .unwrap_or_default()
        }));
        fields.extend([
            number(row.theory),
            row.theory_max.to_string(),
            row.notes.join("; "),
        ]);
        lines.push(line(&fields));
    }
    lines.join("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SummaryStatus;

    #[test]
    fn a_grader_error_has_no_points() {
        let rows = [
            Summary {
                hand_in: "one".into(),
                student: "1".into(),
                attempt: None,
                submitted_at: None,
                submission_sha256: String::new(),
                status: SummaryStatus::Graded,
                points: Some(7),
                max: 20,
                theory: Some(34),
                theory_max: 40,
                parts: vec![("A1.1".into(), 7)],
                notes: vec![],
            },
            Summary {
                hand_in: "two".into(),
                student: "2".into(),
                attempt: None,
                submitted_at: None,
                submission_sha256: String::new(),
                status: SummaryStatus::GraderError,
                points: None,
                max: 20,
                theory: None,
                theory_max: 40,
                parts: vec![],
                notes: vec!["disk full".into()],
            },
        ];
        assert_eq!(
            summary_csv(&rows, &["A1.1"]),
            "hand_in,student,status,points,max,A1.1,theory,theory_max,notes\r\n\
             one,1,graded,7,20,7,34,40,\r\ntwo,2,grader_error,,20,,,40,disk full\r\n"
        );
    }
}
