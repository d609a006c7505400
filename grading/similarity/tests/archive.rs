//! Earlier terms.

mod support;

use similarity::{Archive, Options, SimilarityError, analyse};

use support::class::{changed, class};
use support::sources::{self, base, entry};

#[test]
fn earlier_terms_are_compared_by_hashes_alone() {
    let options = Options::default();
    let earlier = [
        entry("900", sources::alternative()),
        entry("1002", sources::alternative()),
    ];
    let archive = Archive::of("2025", &earlier, &base(), &options).unwrap();
    let text = archive.to_json().unwrap();
    for word in ["fn ", "let ", "tensor_layers::", "Marsaglia"] {
        assert!(!text.contains(word));
    }
    let archive = Archive::from_json(&text).unwrap();
    let mut one_part = sources::reference();
    one_part.insert(
        "mlp.rs".into(),
        changed(&sources::alternative(), 5)["mlp.rs"].clone(),
    );
    let entries = [
        entry("1001", one_part),
        entry("1002", sources::alternative()),
        entry("1003", sources::oracle()),
    ];
    let report = analyse(&entries, &base(), &[archive], &options).unwrap();
    // 1002 repeats the course: the own earlier work is no finding
    let found: Vec<(&str, &str, Option<&str>)> = report
        .recurrences
        .iter()
        .map(|r| (&*r.name, &*r.earlier, r.file.as_deref()))
        .collect();
    assert!(
        found.contains(&("1001", "1002", Some("mlp.rs")))
            && found.contains(&("1001", "900", Some("mlp.rs")))
    );
    assert!(found.contains(&("1002", "900", None)));
    assert_eq!(found.len(), 3);
    let lines: Vec<&str> = report
        .recurrences
        .iter()
        .filter(|r| r.name == "1001")
        .flat_map(|r| &r.places)
        .map(|p| &*p.file)
        .collect();
    assert!(!lines.is_empty() && lines.iter().all(|file| *file == "mlp.rs"));
}

#[test]
fn a_bad_archive_is_refused_with_a_sentence() {
    let options = Options::default();
    let archive = Archive::of("2025", &class(), &base(), &options).unwrap();
    let other = Options { k: 20, ..options };
    let error = analyse(&class(), &base(), std::slice::from_ref(&archive), &other).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The archive \"2025\" was made with k 25, t 35 and names Called, but now k 20, t 35 and names Called is \
         asked for: hashes can only be compared when both are the same."
    );
    let text = archive.to_json().unwrap();
    let newer = text.replacen("\"schema\": 1", "\"schema\": 2", 1);
    let message = Archive::from_json(&newer).unwrap_err().to_string();
    assert!(message.contains("version 2"), "{message}");
    for damaged in ["", "{}", "null", &text[..text.len() / 2]] {
        assert!(matches!(
            Archive::from_json(damaged),
            Err(SimilarityError::Damaged(_))
        ));
    }
    let work = |hashes: &str| {
        format!(
            r#"{{"schema":1,"label":"x","k":25,"t":35,"names":"called","works":[{{"name":"a","student":"a","files":{{"f":"{hashes}"}}}}]}}"#
        )
    };
    assert!(Archive::from_json(&work("0123456789abcdef")).is_ok());
    for hashes in [
        "0123",
        "+123456789abcdef",
        "0123456789abcdéf",
        "0123456789abcdef0",
    ] {
        assert!(Archive::from_json(&work(hashes)).is_err(), "{hashes}");
    }
}
