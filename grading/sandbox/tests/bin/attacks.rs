//! The untrusted program of the tests: each subcommand tries one thing a hostile or clumsy program
//! might do and prints what came of it. Further arguments are ignored; tests use them as a mark by
//! which to find the process from outside.
#![allow(unsafe_code)] // Attacks are made of raw system calls; nobody relies on this program.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write, stdin, stdout};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::FromRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::libc::{self, c_long};

const LONG: Duration = Duration::from_secs(600);

pub fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let argument = |index: usize| arguments.get(index).map_or("", String::as_str);
    match argument(0) {
        "exit" => exit(argument(1).parse().unwrap_or(1)),
        "environment" => {
            std::env::vars_os().for_each(|(k, v)| println!("{}={}", k.display(), v.display()))
        }
        "arguments" => println!(
            "{arguments:?} in {}",
            std::env::current_dir().unwrap().display()
        ),
        "read" => println!("{:?}", fs::read(argument(1)).map(|bytes| bytes.len())),
        "list" => list(argument(1)),
        "write" => println!("{:?}", fs::write(argument(1), "x").map_err(|e| e.kind())),
        "change" => change(argument(1)),
        "relay" => relay(),
        "network" => network(),
        "processes" => println!("{} others", other_processes()),
        "calls" => calls(),
        "identity" => identity(),
        "descriptors" => descriptors(),
        "fork-bomb" => fork_bomb(),
        "thread-bomb" => thread_bomb(),
        "daemon" => daemon(),
        "spin" => spin(),
        "spin-in-children" => spin_in_children(),
        "sleep" => sleep(LONG),
        "allocate" => println!("{}", vec![1_u8; 100 << 30].len()),
        "leak" => leak(),
        "leak-shared" => leak_shared(),
        "leak-in-children" => leak_in_children(),
        "recurse" => println!("{}", recurse(1)),
        "fill" => fill(argument(1)),
        "one-big-file" => drop(File::create("big").unwrap().set_len(1 << 40)),
        "inodes" => println!(
            "{} files",
            (0..)
                .take_while(|n| File::create(format!("f{n}")).is_ok())
                .count()
        ),
        "flood" => flood(),
        "hold" => hold(),
        "raise" => signal_self(argument(1).parse().unwrap_or(0)),
        "abort" => std::process::abort(),
        "ignore-signals" => ignore_signals(),
        "kill-all" => kill_all(),
        "leave" => leave(),
        other => panic!("no attack is called `{other}`"),
    }
}

fn list(path: &str) {
    let names = fs::read_dir(path)
        .map(|entries| entries.flatten().map(|e| e.file_name()).collect::<Vec<_>>());
    println!("{names:?}");
}

/// Changes the mode of a path, then of an open file.
fn change(path: &str) {
    let by_path = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    let by_descriptor =
        File::create("x").and_then(|f| f.set_permissions(fs::Permissions::from_mode(0o600)));
    println!("{} {}", by_path.is_ok(), by_descriptor.is_ok());
}

/// Answers on descriptor 4 what comes on descriptor 3.
fn relay() {
    let [mut from, mut to] = [3, 4].map(|fd| unsafe { File::from_raw_fd(fd) });
    let mut message = String::new();
    from.read_to_string(&mut message).unwrap();
    write!(to, "got {message}").unwrap();
}

/// Writes to both scratch folders, says so on descriptor 3, and stays.
fn hold() {
    fs::write("/tmp/held", "x").unwrap();
    fs::write("/work/held", "x").unwrap();
    unsafe { File::from_raw_fd(3) }.write_all(b"done").unwrap();
    sleep(LONG);
}

/// Prints every kind of socket that can be made.
fn network() {
    for family in 0..64 {
        for kind in [
            libc::SOCK_STREAM,
            libc::SOCK_DGRAM,
            libc::SOCK_RAW,
            libc::SOCK_SEQPACKET,
        ] {
            if unsafe { libc::socket(family, kind, 0) } >= 0 {
                println!("socket({family}, {kind})");
            }
            let mut pair = [0; 2];
            let made = unsafe { libc::socketpair(family, kind, 0, pair.as_mut_ptr()) } == 0;
            if made && family != libc::AF_UNIX {
                println!("socketpair({family}, {kind})");
            }
        }
    }
    let tried = [
        TcpStream::connect("127.0.0.1:22").is_ok(),
        TcpListener::bind("127.0.0.1:0").is_ok(),
        UdpSocket::bind("0.0.0.0:0").is_ok(),
        UnixListener::bind("socket").is_ok(),
    ];
    println!(
        "{} of {} connections; pair: {}",
        tried.iter().filter(|ok| **ok).count(),
        tried.len(),
        UnixStream::pair().is_ok()
    );
}

/// How many processes besides this one and its parent can be found by sending them nothing.
fn other_processes() -> usize {
    let (own, parent) = unsafe { (libc::getpid(), libc::getppid()) };
    let found = |pid: &i32| {
        let exists = unsafe { libc::kill(*pid, 0) } == 0 || errno() == libc::EPERM;
        exists && *pid != own && *pid != parent
    };
    (1..=100_000).filter(found).count()
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Makes dangerous system calls, with arguments that would otherwise be accepted or rejected with
/// another error, and prints those that are not refused.
fn calls() {
    const NEW_USER: c_long = libc::CLONE_NEWUSER as c_long;
    let table: [(&str, c_long, [c_long; 3]); 17] = [
        (
            "ptrace",
            libc::SYS_ptrace,
            [libc::PTRACE_TRACEME as c_long, 0, 0],
        ),
        ("unshare", libc::SYS_unshare, [NEW_USER, 0, 0]),
        ("setns", libc::SYS_setns, [0, 0, 0]),
        ("mount", libc::SYS_mount, [0, 0, 0]),
        ("pivot_root", libc::SYS_pivot_root, [0, 0, 0]),
        ("bpf", libc::SYS_bpf, [0, 0, 0]),
        ("perf_event_open", libc::SYS_perf_event_open, [0, 0, 0]),
        ("userfaultfd", libc::SYS_userfaultfd, [1, 0, 0]),
        ("io_uring_setup", libc::SYS_io_uring_setup, [1, 0, 0]),
        ("keyctl", libc::SYS_keyctl, [0, 0, 0]),
        ("memfd_create", libc::SYS_memfd_create, [0, 0, 0]),
        ("shmget", libc::SYS_shmget, [0, 4096, 0o1600]),
        ("open_by_handle_at", libc::SYS_open_by_handle_at, [0, 0, 0]),
        ("process_vm_readv", libc::SYS_process_vm_readv, [1, 0, 0]),
        (
            "prlimit64",
            libc::SYS_prlimit64,
            [1, libc::RLIMIT_CPU as c_long, 0],
        ),
        ("setpriority", libc::SYS_setpriority, [0, 0, 19]),
        ("process_madvise", libc::SYS_process_madvise, [0, 0, 0]),
    ];
    for (name, number, [a, b, c]) in table {
        let result = unsafe { libc::syscall(number, a, b, c) };
        if result != -1 || errno() != libc::EPERM {
            println!("{name}: {result}, errno {}", errno());
        }
    }
    let clone = unsafe {
        libc::syscall(
            libc::SYS_clone,
            NEW_USER | libc::SIGCHLD as c_long,
            0,
            0,
            0,
            0,
        )
    };
    match clone {
        -1 => {}
        0 => exit(0),
        _ => println!("clone made a namespace"),
    }
    const OPEN_TREE_ATTR: c_long = 467;
    for number in [libc::SYS_clone3, OPEN_TREE_ATTR] {
        if unsafe { libc::syscall(number, 0, 0) } != -1 || errno() != libc::ENOSYS {
            println!("{number} exists: errno {}", errno());
        }
    }
    #[cfg(target_arch = "x86_64")]
    if unsafe { libc::syscall(0x4000_0000 + libc::SYS_getpid) } != -1 {
        println!("x32 calls exist");
    }
    println!(
        "{} children started",
        usize::from(Command::new("/usr/bin/true").status().is_ok())
    );
}

fn identity() {
    let mut capabilities = [[u32::MAX; 3]; 2];
    let header = [0x2008_0522_u32, 0];
    unsafe { libc::syscall(libc::SYS_capget, &header, &mut capabilities) };
    let privileged = unsafe { libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) } != 1;
    let uid = unsafe { libc::getuid() };
    let host = nix::unistd::gethostname().unwrap();
    println!(
        "root: {}, capabilities: {capabilities:?}, may gain: {privileged}",
        uid == 0
    );
    println!("uid {uid} on {}", host.display());
}

fn descriptors() {
    let open = (0..4096).filter(|fd| unsafe { libc::fcntl(*fd, libc::F_GETFD) } >= 0);
    println!("{:?}", open.collect::<Vec<_>>());
}

fn fork() -> i32 {
    unsafe { libc::fork() }
}

fn fork_bomb() {
    let started = Instant::now();
    let mut made = 0_u64;
    while started.elapsed() < Duration::from_millis(700) {
        match fork() {
            0 => {}
            -1 => sleep(Duration::from_millis(5)),
            _ => made += 1,
        }
    }
    let _ = writeln!(stdout(), "{made} forks");
}

fn thread_bomb() {
    let spawn = || {
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(|| sleep(LONG))
    };
    println!(
        "{} threads",
        (0..100_000).map_while(|_| spawn().ok()).count()
    );
    exit(0);
}

/// Leaves a grandchild in a session of its own with nothing open, and exits.
fn daemon() {
    if fork() == 0 {
        unsafe { libc::setsid() };
        if fork() == 0 {
            (0..1024).for_each(|fd| {
                let _ = unsafe { libc::close(fd) };
            });
            loop {
                sleep(LONG);
            }
        }
        exit(0);
    }
    sleep(Duration::from_millis(50));
    exit(3);
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Each child stays below a limit that counts per process.
fn spin_in_children() {
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    loop {
        if fork() == 0 {
            let started = Instant::now();
            while started.elapsed() < Duration::from_millis(400) {}
            exit(0);
        }
        sleep(Duration::from_millis(100));
    }
}

fn leak() {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1_u8; 4 << 20]);
        sleep(Duration::from_millis(1));
    }
}

/// Memory that RLIMIT_DATA does not count.
fn leak_shared() {
    let size = 4 << 20;
    loop {
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let at = unsafe { libc::mmap(std::ptr::null_mut(), size, protection, flags, -1, 0) };
        unsafe { std::ptr::write_bytes(at.cast::<u8>(), 1, size) };
        sleep(Duration::from_millis(1));
    }
}

/// Eight processes, each well below the limit.
fn leak_in_children() {
    for _ in 0..8 {
        if fork() == 0 {
            let kept = vec![1_u8; 64 << 20];
            sleep(LONG);
            drop(kept);
        }
    }
    sleep(LONG);
}

#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + frame[7]
}

fn fill(folder: &str) {
    let chunk = vec![7_u8; 1 << 20];
    let mut written = 0_u64;
    for number in 0.. {
        let path = format!("{folder}/fill{number}");
        let mut file = match OpenOptions::new().create_new(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) => return println!("{written} MiB, then {:?}", error.kind()),
        };
        for _ in 0..8 {
            match file.write_all(&chunk) {
                Ok(()) => written += 1,
                Err(error) => return println!("{written} MiB, then {:?}", error.kind()),
            }
        }
    }
}

/// 1 GiB on each stream.
fn flood() {
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..1024 {
        stdout().write_all(&chunk).unwrap();
        std::io::stderr().write_all(&chunk).unwrap();
    }
}

fn signal_self(signal: i32) {
    unsafe { libc::raise(signal) };
    println!("went on");
}

fn ignore_signals() {
    for signal in 1..32 {
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    spin();
}

fn kill_all() {
    let parent = unsafe { libc::getppid() };
    for signal in [libc::SIGTERM, libc::SIGSTOP, libc::SIGKILL] {
        unsafe { libc::kill(parent, signal) };
    }
    unsafe { libc::kill(-1, libc::SIGKILL) };
    println!("still here");
}

/// Leaves one file of every kind for the sandbox to collect.
fn leave() {
    let path = |name: &str| std::ffi::CString::new(name).unwrap();
    fs::write("good", "good").unwrap();
    fs::write("large", [0; 4096]).unwrap();
    fs::write("closed", "closed").unwrap();
    unsafe { libc::chmod(path("closed").as_ptr(), 0) };
    fs::create_dir("folder").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", "link").unwrap();
    std::os::unix::fs::symlink("/etc", "linked-folder").unwrap();
    std::os::unix::fs::symlink("folder", "inner-link").unwrap();
    fs::write("folder/good", "x").unwrap();
    unsafe { libc::mkfifo(path("fifo").as_ptr(), 0o644) };
    unsafe {
        libc::mknod(
            path("device").as_ptr(),
            libc::S_IFCHR | 0o644,
            libc::makedev(1, 8),
        )
    };
    let _ = stdin().read(&mut [0; 8]);
}
