//! The page of the class in a real browser. Without Chromium the tests say so and pass.

mod sample;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use report::pages::{ClassResults, Extras, write_pages};
use sample::{HandIn, Outcome, class, write_class};
use tempfile::TempDir;

/// The browser: `CHROMIUM`, else what is in the path.
fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = all.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no Chromium; install it, or name it in CHROMIUM");
    }
    found
}

/// A page as the browser left it, and what it complained about.
struct Loaded {
    dom: String,
    complaints: Vec<String>,
}

impl Loaded {
    /// The rows of the table of hand-ins that are shown, in their order.
    fn shown(&self) -> Vec<&str> {
        let table = self.dom.split("id=\"table-of-hand-ins\"").nth(1).unwrap();
        let body = table.split("<tbody>").nth(1).unwrap();
        let rows = body.split("</tbody>").next().unwrap().split("<tr").skip(1);
        let shown = rows.filter(|row| !row.split('>').next().unwrap().contains("hidden"));
        shown
            .map(|row| {
                row.split("<bdi>")
                    .nth(1)
                    .unwrap()
                    .split('<')
                    .next()
                    .unwrap()
            })
            .collect()
    }
}

/// Loads `url`, waits until its scripts have run, and gives back the page.
fn load(browser: &Path, url: &str) -> Loaded {
    let own = tempfile::tempdir().unwrap();
    let (dom, log) = (own.path().join("dom"), own.path().join("log"));
    let mut child = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ])
        .args([
            "--enable-logging=stderr",
            "--v=0",
            "--virtual-time-budget=5000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            own.path().join("profile").display()
        ))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&dom).unwrap())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("the browser did not load {url} in a minute");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
    let complaints = log.lines().filter(|line| line.contains("CONSOLE"));
    Loaded {
        dom: String::from_utf8(fs::read(dom).unwrap()).unwrap(),
        complaints: complaints.map(str::to_string).collect(),
    }
}

/// The pages of a class on disk.
fn pages(hand_ins: &[HandIn]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_class(folder.path(), hand_ins);
    let class = ClassResults::read(folder.path()).unwrap();
    write_pages(&class, &Extras::default(), &folder.path().join("html")).unwrap();
    folder
}

fn url(folder: &TempDir, page: &str) -> String {
    format!("file://{}/html/{page}", folder.path().display())
}

#[test]
fn the_class_page_loads_filters_and_sorts_without_a_complaint() {
    let Some(browser) = chromium() else { return };
    let folder = pages(&class());

    let plain = load(&browser, &url(&folder, "index.html"));
    assert_eq!(plain.complaints, [] as [String; 0]);
    assert_eq!(plain.shown().len(), 62);
    assert_eq!(plain.shown()[0], "40121003-1");
    assert!(plain.dom.contains("<output>62 rows</output>"));
    assert!(
        plain
            .dom
            .contains("<th scope=\"col\"><button type=\"button\">Hand-in</button>")
    );

    let filtered = load(&browser, &url(&folder, "index.html#filter=40121003"));
    assert_eq!(filtered.complaints, [] as [String; 0]);
    // Of two hand-ins this is the number: of the first's own, and in the other's note.
    assert_eq!(filtered.shown(), ["40121003-1", "40121040-1"]);
    assert!(filtered.dom.contains("<output>2 of 62 rows</output>"));

    // Persian digits are digits, two words are both wanted, and rows without notes are left out.
    let narrow = load(
        &browser,
        &url(
            &folder,
            "index.html#filter=%DB%B4%DB%B0%DB%B1%DB%B2%20RAR&notes=1",
        ),
    );
    assert_eq!(narrow.shown(), ["40121595-1"]);

    let sorted = load(&browser, &url(&folder, "index.html#sort=points"));
    assert_eq!(sorted.complaints, [] as [String; 0]);
    // No score is less than 0 points, and of two with 0 the one that was before stays before.
    assert_eq!(
        sorted.shown()[..3],
        ["40121817-1", "40121595-1", "40122039-1"]
    );
    assert!(sorted.dom.contains("aria-sort=\"ascending\""));
    let down = load(
        &browser,
        &url(&folder, "index.html#sort=points&order=descending"),
    );
    assert_eq!(down.shown().last(), Some(&"40121817-1"));
}

#[test]
fn hostile_words_and_the_other_pages_load_without_a_complaint() {
    let Some(browser) = chromium() else { return };
    let name =
        "\"><img src=x onerror=document.title='owned'><script>document.title='owned'<\\script>";
    let mut hand_in = HandIn::named(name, Outcome::Chance(60));
    hand_in
        .notices
        .push("</style></script><script>document.title='owned'</script>".into());
    let folder = pages(&[hand_in]);
    let file = format!("{}.html", report::pages::file_name(name));
    for page in [
        "index.html",
        &format!("staff/{file}"),
        &format!("students/{file}"),
    ] {
        let loaded = load(&browser, &url(&folder, page));
        assert_eq!(loaded.complaints, [] as [String; 0], "{page}");
        assert!(loaded.dom.contains("&lt;img src=x"), "{page}");
        assert!(!loaded.dom.contains("<title>owned"), "{page}");
    }
}

#[test]
fn what_is_put_into_a_page_neither_runs_nor_is_fetched() {
    let Some(browser) = chromium() else { return };
    let folder = pages(&[HandIn::named("1", Outcome::Chance(60))]);
    let path = folder.path().join("html/students/1.html");
    let page = fs::read_to_string(&path).unwrap();
    let harm = "<main><script>document.title = 'owned'</script>\
                <img src=\"https://course.invalid/x.png\" onerror=\"document.title = 'owned'\">\
                <p style=\"color: red\">";
    fs::write(&path, page.replace("<main>", harm)).unwrap();
    let loaded = load(&browser, &url(&folder, "students/1.html"));
    assert!(!loaded.dom.contains("<title>owned"));
    let refused = |what: &str| loaded.complaints.iter().any(|line| line.contains(what));
    for what in ["script-src", "img-src", "style-src"] {
        assert!(
            refused(what) || refused("default-src"),
            "{what}: {:?}",
            loaded.complaints
        );
    }
    assert!(loaded.complaints.len() >= 3, "{:?}", loaded.complaints);
}
