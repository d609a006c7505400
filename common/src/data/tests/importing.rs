//! Imports from folders of all kinds.

use std::path::Path;

use super::super::{
    DataFolder, Dataset, FileState, Imported, import, is_complete, status, text_from, verify,
};
use super::{archive, file, gzip, names_in, noise, sha256, words};

/// Imports into a fresh folder what `fill` puts into another one.
fn import_from(
    set: &Dataset,
    fill: impl Fn(&Path),
) -> (Result<Vec<Imported>, String>, Vec<String>) {
    let (from, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(from.path());
    let folder = DataFolder::at(home.path());
    let result = import(set, from.path(), &folder, &mut |_| ());
    let result = result.map(|done| done.taken).map_err(|e| e.to_string());
    if result.is_ok() {
        assert!(
            verify(set, &folder)
                .iter()
                .any(|status| matches!(status.state, FileState::Good(_)))
        );
    }
    let here = names_in(&folder.of(set));
    (result, here)
}

fn write(path: &Path, contents: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, contents).unwrap();
}

#[test]
fn files_are_known_by_name_or_by_contents() {
    let contents = noise(3000);
    let set = words(&contents, vec![]);
    let repacked = [gzip(&contents[..1000]), gzip(&contents[1000..])].concat();
    for (name, bytes, stored) in [
        ("words.txt", contents.clone(), "words.txt"),
        ("words.txt.gz", gzip(&contents), "words.txt.gz"),
        ("words.txt.gz", repacked, "words.txt.gz"), // other bytes, the same contents
        ("words.txt", gzip(&contents), "words.txt.gz"),
        ("a/b/Words (1).txt", contents.clone(), "words.txt"),
        ("download", gzip(&contents), "words.txt.gz"),
    ] {
        let (result, here) = import_from(&set, |from| write(&from.join(name), &bytes));
        let imported = result.unwrap();
        assert!(
            imported[0].from.ends_with(name) && imported[0].to.ends_with(stored),
            "{imported:?}"
        );
        assert_eq!(here, [stored]);
    }
}

#[test]
fn a_single_file_will_do() {
    let contents = noise(10);
    let set = words(&contents, vec![]);
    let home = tempfile::tempdir().unwrap();
    let from = home.path().join("x");
    write(&from, &contents);
    let folder = DataFolder::at(home.path().join("data"));
    assert!(!is_complete(&set, &folder));
    assert_eq!(status(&set, &folder)[0].state, FileState::Missing);
    import(&set, &from, &folder, &mut |_| ()).unwrap();
    assert!(is_complete(&set, &folder));
    let path = folder.of(&set).join("words.txt");
    assert_eq!(status(&set, &folder)[0].state, FileState::Present(path));
    assert_eq!(text_from(&set, &folder).unwrap().as_bytes(), contents);
}

#[test]
fn an_archive_will_do() {
    let contents = noise(3000);
    let body = archive("x/words.txt", &contents);
    let mut set = words(&contents, vec![]);
    set.downloads[0].name = "words.tar.gz".into();
    set.downloads[0].size = body.len() as u64;
    set.downloads[0].sha256 = sha256(&body);
    let (result, here) = import_from(&set, |from| write(&from.join("words.tar.gz"), &body));
    assert_eq!(
        (result.unwrap().len(), here),
        (1, vec!["words.txt".to_owned()])
    );
}

#[test]
fn wrong_contents_are_refused_and_nothing_is_left() {
    let contents = noise(3000);
    let set = words(&contents, vec![]);
    let zipped = gzip(&contents);
    let mut changed = contents.clone();
    changed[7] ^= 1;
    for (bytes, why) in [
        (changed, "has SHA-256"),
        (contents[..2999].to_vec(), "has 2999 bytes, expected 3000"),
        (
            gzip(&noise(5_000_000)),
            "has more than the expected 3000 bytes",
        ),
        (zipped[..zipped.len() / 2].to_vec(), "cannot be read"),
    ] {
        let (result, here) = import_from(&set, |from| write(&from.join("words.txt"), &bytes));
        let error = result.unwrap_err();
        assert!(
            error.contains(why) && error.contains("no file of data set words"),
            "{error}"
        );
        assert_eq!(here, [""; 0]);
    }
}

#[test]
fn a_damaged_file_gives_way_to_a_good_one_in_the_other_form() {
    let contents = noise(300);
    let set = words(&contents, vec![]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path().join("data"));
    write(&folder.of(&set).join("words.txt"), b"damaged");
    assert!(
        matches!(&verify(&set, &folder)[0].state, FileState::Wrong(_, why) if why.contains("7 bytes"))
    );
    let from = home.path().join("words.txt.gz");
    write(&from, &gzip(&contents));
    import(&set, &from, &folder, &mut |_| ()).unwrap();
    assert_eq!(names_in(&folder.of(&set)), ["words.txt.gz"]);
}

#[test]
fn part_of_a_set_is_taken() {
    let mut set = words(&noise(30), vec![]);
    set.files.push(file("more.txt", b"more"));
    let (result, here) = import_from(&set, |from| write(&from.join("more.txt"), b"more"));
    assert_eq!(
        (result.unwrap()[0].file.as_str(), here),
        ("more.txt", vec!["more.txt".to_owned()])
    );
}

#[test]
fn a_damaged_file_beside_good_ones_is_said() {
    let mut set = words(&noise(30), vec![]);
    set.files.push(file("more.txt", b"more"));
    let home = tempfile::tempdir().unwrap();
    let (from, folder) = (home.path().join("from"), DataFolder::at(home.path()));
    write(&from.join("a/words.txt"), &noise(29));
    write(&from.join("more.txt"), b"more");
    let done = import(&set, &from, &folder, &mut |_| ()).unwrap();
    assert_eq!(done.taken.len(), 1);
    assert!(
        matches!(done.refused.as_slice(), [one] if one.contains("has 29 bytes, expected 30")),
        "{:?}",
        done.refused
    );

    // Not worth a word once a good one is found.
    write(&from.join("b/words.txt"), &noise(30));
    let done = import(&set, &from, &folder, &mut |_| ()).unwrap();
    assert_eq!((done.taken.len(), done.refused.len()), (2, 0));
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let set = words(&noise(30), vec![]);
    let home = tempfile::tempdir().unwrap();
    let from = home.path().join("nothing");
    let error = import(&set, &from, &DataFolder::at(home.path()), &mut |_| ()).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot read ") && error.to_string().contains("nothing"),
        "{error}"
    );
}
