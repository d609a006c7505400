//! Downloads from a server on this machine that does what servers do.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::super::fetch::Curl;
use super::super::{DataError, DataFolder, Dataset, FileState, Progress, verify};
use super::{archive, gzip, names_in, noise, sha256, words};

/// How the server answers one request for its file.
enum Reply {
    /// As asked for, from the byte asked for.
    Well,
    /// So many bytes of it, then the connection breaks.
    Cut(usize),
    /// All of it, although a later part was asked for.
    NoRanges,
    /// With other bytes.
    Other(Vec<u8>),
    /// With an HTTP status.
    Status(u16),
}

/// A server for one file; answers as told, then ends.
struct Server {
    url: String,
    /// The first byte asked for, request by request.
    asked: Arc<Mutex<Vec<usize>>>,
}

impl Server {
    fn new(body: Vec<u8>, replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let mut replies = VecDeque::from(replies);
        std::thread::spawn(move || {
            while let Some(reply) = replies.pop_front() {
                let (stream, _) = listener.accept().unwrap();
                answer(stream, &body, reply, &log);
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, body: &[u8], reply: Reply, log: &Mutex<Vec<usize>>) {
    let mut start = 0;
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap().to_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(start);
    let (status, body) = match &reply {
        Reply::Status(status) => (*status, &[][..]),
        Reply::Other(other) => (200, &other[..]),
        Reply::NoRanges => (200, body),
        _ if start > body.len() => (416, &[][..]),
        _ if start > 0 => (206, &body[start..]),
        _ => (200, body),
    };
    let sent = match reply {
        Reply::Cut(count) => &body[..count],
        _ => body,
    };
    let range = match status {
        206 => format!(
            "Content-Range: bytes {start}-{}/{}\r\n",
            start + body.len() - 1,
            start + body.len()
        ),
        _ => String::new(),
    };
    let length = body.len();
    // curl may hang up first, as when it is sent too much.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{range}Connection: close\r\n\r\n"
    );
    let _ = stream.write_all(sent);
}

fn get(set: &Dataset, folder: &DataFolder) -> Result<Vec<String>, DataError> {
    let direct = Curl {
        arguments: &["--noproxy", "*"],
        ..Curl::default()
    };
    direct.fetch(set, folder, &mut |_| ())
}

fn is_good(set: &Dataset, folder: &DataFolder) -> bool {
    verify(set, folder)
        .iter()
        .all(|status| matches!(status.state, FileState::Good(_)))
}

#[test]
fn a_broken_download_goes_on_where_it_ended() {
    let contents = noise(200_000);
    let body = gzip(&contents);
    let server = Server::new(
        body.clone(),
        vec![Reply::Cut(50_000), Reply::Cut(20_000), Reply::Well],
    );
    let set = words(&contents, vec![server.url.clone()]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());

    let mut last = 0;
    let mut watch = |progress: Progress<'_>| {
        assert_eq!(
            (progress.file, progress.total),
            ("words.txt.gz", body.len() as u64)
        );
        assert!(progress.done >= last && progress.done <= progress.total);
        last = progress.done;
    };
    let direct = Curl {
        arguments: &["--noproxy", "*"],
        ..Curl::default()
    };
    assert_eq!(
        direct.fetch(&set, &folder, &mut watch).unwrap(),
        ["words.txt"]
    );
    assert_eq!(server.asked(), [0, 50_000, 70_000]);
    assert_eq!(names_in(&folder.of(&set)), ["words.txt.gz"]);
    assert!(is_good(&set, &folder));
    // A second call has nothing to do: the server has ended.
    assert!(get(&set, &folder).unwrap().is_empty());
}

#[test]
fn the_next_run_goes_on_too() {
    let contents = noise(100_000);
    let body = gzip(&contents);
    let first = Server::new(body.clone(), vec![Reply::Cut(30_000), Reply::Status(503)]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    let set = words(&contents, vec![first.url.clone()]);
    let error = get(&set, &folder).unwrap_err().to_string();
    assert!(
        error.contains("503") && error.contains("run the same command to go on"),
        "{error}"
    );
    assert_eq!(names_in(&folder.of(&set)), ["words.txt.gz.part"]);

    let second = Server::new(body, vec![Reply::Well]);
    let set = words(&contents, vec![second.url.clone()]);
    get(&set, &folder).unwrap();
    assert_eq!(second.asked(), [30_000]);
    assert!(is_good(&set, &folder));
}

#[test]
fn a_mirror_that_fails_is_followed_by_the_next() {
    let contents = noise(1000);
    let gone = Server::new(vec![], vec![Reply::Status(404)]);
    let good = Server::new(gzip(&contents), vec![Reply::Well]);
    let set = words(&contents, vec![gone.url.clone(), good.url.clone()]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    get(&set, &folder).unwrap();
    assert_eq!((gone.asked().len(), good.asked().len()), (1, 1));
    assert!(is_good(&set, &folder));
}

#[test]
fn wrong_bytes_are_thrown_away() {
    let contents = noise(1000);
    let mut other = gzip(&contents);
    let length = other.len();
    other[length / 2] ^= 1;
    for (sent, words_in_error) in [
        (other.clone(), "SHA-256"),
        (other[..100].to_vec(), "has 100 bytes, expected"),
        ([&other[..], &noise(100_000)].concat(), "more than"),
    ] {
        let bad = Server::new(vec![], vec![Reply::Other(sent)]);
        let set = words(&contents, vec![bad.url.clone()]);
        let home = tempfile::tempdir().unwrap();
        let folder = DataFolder::at(home.path());
        let error = get(&set, &folder).unwrap_err().to_string();
        assert!(
            error.contains(words_in_error) && error.contains("127.0.0.1"),
            "{error}"
        );
        assert!(
            error.contains("cargo hw data import words --from DIR"),
            "{error}"
        );
        assert_eq!(names_in(&folder.of(&set)), [""; 0]);
    }
    // ... and do not spoil the next mirror's.
    let bad = Server::new(vec![], vec![Reply::Other(other)]);
    let good = Server::new(gzip(&contents), vec![Reply::Well]);
    let set = words(&contents, vec![bad.url.clone(), good.url.clone()]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    get(&set, &folder).unwrap();
    assert_eq!(good.asked(), [0]);
    assert!(is_good(&set, &folder));
}

#[test]
fn a_server_without_ranges_starts_again() {
    let contents = noise(100_000);
    let body = gzip(&contents);
    let server = Server::new(body, vec![Reply::Cut(30_000), Reply::NoRanges, Reply::Well]);
    let set = words(&contents, vec![server.url.clone()]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    get(&set, &folder).unwrap();
    assert_eq!(server.asked(), [0, 30_000, 0]);
    assert!(is_good(&set, &folder));
}

#[test]
fn a_damaged_file_is_downloaded_again() {
    let contents = noise(1000);
    let server = Server::new(gzip(&contents), vec![Reply::Well]);
    let set = words(&contents, vec![server.url.clone()]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    std::fs::create_dir_all(folder.of(&set)).unwrap();
    std::fs::write(folder.of(&set).join("words.txt"), &contents[1..]).unwrap();
    get(&set, &folder).unwrap();
    assert_eq!(names_in(&folder.of(&set)), ["words.txt.gz"]);
    assert!(is_good(&set, &folder));
}

#[test]
fn an_archive_is_unpacked() {
    let contents = noise(5000);
    let body = archive("some-folder/words.txt", &contents);
    let server = Server::new(body.clone(), vec![Reply::Well]);
    let mut set = words(&contents, vec![server.url.clone()]);
    set.downloads[0].name = "words.tar.gz".into();
    set.downloads[0].size = body.len() as u64;
    set.downloads[0].sha256 = sha256(&body);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    assert_eq!(get(&set, &folder).unwrap(), ["words.txt"]);
    assert_eq!(names_in(&folder.of(&set)), ["words.txt"]);
    assert!(is_good(&set, &folder));
}

#[test]
fn an_archive_with_a_wrong_file_is_refused() {
    let contents = noise(5000);
    let body = archive("words.txt", &contents[1..]);
    let server = Server::new(body.clone(), vec![Reply::Well]);
    let mut set = words(&contents, vec![server.url.clone()]);
    set.downloads[0].name = "words.tar.gz".into();
    set.downloads[0].size = body.len() as u64;
    set.downloads[0].sha256 = sha256(&body);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    let error = get(&set, &folder).unwrap_err().to_string();
    assert!(
        error.contains("words.txt in the archive has 4999 bytes, expected 5000"),
        "{error}"
    );
    assert!(!names_in(&folder.of(&set)).contains(&"words.txt".to_owned()));
}

#[test]
fn without_curl_the_way_out_is_named() {
    let home = tempfile::tempdir().unwrap();
    let none = Curl {
        program: home.path().join("no-such-program"),
        ..Curl::default()
    };
    let set = words(b"a", vec!["http://127.0.0.1:1/".into()]);
    let error = none
        .fetch(&set, &DataFolder::at(home.path()), &mut |_| ())
        .unwrap_err();
    let error = error.to_string();
    assert!(error.contains("curl, which is not installed"), "{error}");
    assert!(
        error.contains("cargo hw data import words --from DIR"),
        "{error}"
    );
}

#[test]
fn a_host_that_is_not_there_is_named() {
    let set = words(b"a", vec!["http://no-such-host.invalid/x".into()]);
    let home = tempfile::tempdir().unwrap();
    let error = get(&set, &DataFolder::at(home.path()))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no-such-host.invalid: ") && error.contains("online?"),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_said() {
    let home = tempfile::tempdir().unwrap();
    let in_the_way = home.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let set = words(b"a", vec!["http://127.0.0.1:1/".into()]);
    let error = get(&set, &DataFolder::at(&in_the_way))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot make folder ") && error.contains("file"),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn no_permission_says_what_to_do() {
    // Not even the superuser may make a folder there.
    let set = words(b"a", vec!["http://127.0.0.1:1/".into()]);
    let error = get(&set, &DataFolder::at("/sys/dl-course"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("/sys/dl-course") && error.contains("set DL_DATA_DIR"),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let contents = noise(1000);
    let server = Server::new(gzip(&contents), vec![Reply::Well]);
    let set = words(&contents, vec![server.url.clone()]);
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    std::fs::create_dir_all(folder.of(&set)).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.of(&set).join("words.txt.gz.part")).unwrap();
    let error = get(&set, &folder).unwrap_err().to_string();
    assert!(
        error.contains("words.txt.gz.part: the disk is full"),
        "{error}"
    );
}
