//! Which layers this machine offers: each is tried in a process of its own, by the code that sets
//! it up for a program.

use std::fs::File;
use std::io::{Read, stdout};

use nix::fcntl::OFlag;
use nix::unistd::pipe2;

use crate::error::{Failure, Step};
use crate::init;
use crate::landlock;
use crate::launcher::fork;
use crate::limits;
use crate::namespaces;
use crate::policy::{Layer, Level, Limits, Policy};
use crate::privileges::{self, Identity};
use crate::seccomp;
use crate::tree;

pub(crate) const NAMESPACES: &str = "namespaces";
pub(crate) const LANDLOCK: &str = "landlock";
pub(crate) const SCOPES: &str = "scopes";
pub(crate) const SECCOMP: &str = "seccomp";
pub(crate) const LIMITS: &str = "limits";

const FULL: [&str; 4] = [NAMESPACES, LANDLOCK, SECCOMP, LIMITS];
const KERNEL: [&str; 4] = [LANDLOCK, SCOPES, SECCOMP, LIMITS];

/// The layers of `level` that are not active in `layers`.
pub(crate) fn missing(level: Level, layers: &[Layer]) -> Vec<Layer> {
    let needed: &[&str] = match level {
        Level::None => &[],
        Level::Kernel => &KERNEL,
        Level::Full => &FULL,
    };
    layers
        .iter()
        .filter(|l| !l.active && needed.contains(&l.name.as_str()))
        .cloned()
        .collect()
}

/// The highest level of which nothing is missing.
pub(crate) fn best(layers: &[Layer]) -> Level {
    let levels = [Level::Full, Level::Kernel];
    levels
        .into_iter()
        .find(|level| missing(*level, layers).is_empty())
        .unwrap_or(Level::None)
}

/// The launcher's side of [`crate::layers`]: prints the layers and returns the exit code. Those in
/// `without` count as missing.
pub(crate) fn answer(without: &[&str]) -> i32 {
    let mut layers = try_all();
    for layer in layers
        .iter_mut()
        .filter(|layer| without.contains(&layer.name.as_str()))
    {
        layer.active = false;
        layer.detail = "switched off by the caller".into();
    }
    i32::from(serde_json::to_writer(stdout(), &layers).is_err())
}

fn try_all() -> Vec<Layer> {
    vec![
        layer(
            NAMESPACES,
            "own users, files, processes, network, IPC and host name",
            "where they are switched off: `sysctl kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), \
             `sysctl kernel.unprivileged_userns_clone=1` (Debian), or a container with more rights",
            try_in_child(try_namespaces),
        ),
        layer(
            LANDLOCK,
            "only given files can be opened",
            "needs Linux 5.13 and `landlock` in the kernel's lsm= list",
            landlock_version(1).and_then(|()| try_in_child(try_landlock)),
        ),
        layer(
            SCOPES,
            "no signal reaches a process outside; only needed without namespaces",
            "needs Linux 6.12",
            landlock_version(landlock::WITH_SCOPES),
        ),
        layer(
            SECCOMP,
            "dangerous system calls are refused",
            "needs CONFIG_SECCOMP_FILTER, on x86-64, ARM64 or RISC-V",
            try_in_child(|| seccomp::apply(false)),
        ),
        layer(
            LIMITS,
            "processor time, memory, processes, files and output are bounded",
            "needs /proc with CONFIG_PROC_CHILDREN",
            try_in_child(try_limits),
        ),
    ]
}

fn layer(name: &str, purpose: &str, hint: &str, tried: Result<(), Failure>) -> Layer {
    let active = tried.is_ok();
    let detail = tried.map_or_else(|failure| format!("{failure}; {hint}"), |()| purpose.into());
    Layer {
        name: name.into(),
        active,
        detail,
    }
}

fn landlock_version(least: i32) -> Result<(), Failure> {
    let step = "ask for Landlock's version";
    let version = landlock::version().step(step)?;
    if version >= least {
        Ok(())
    } else {
        Err(format!("{version} is less than {least}")).step(step)
    }
}

fn try_namespaces() -> Result<(), Failure> {
    let identity = namespaces::leave(Identity::choose())?;
    let all = Policy {
        proc: true,
        ..Policy::default()
    };
    try_in_child(|| init::enclose(&all, identity))
}

fn try_landlock() -> Result<(), Failure> {
    privileges::drop_capabilities()?;
    landlock::apply(&[], &[])
}

fn try_limits() -> Result<(), Failure> {
    tree::can_list_children().step("list the children of a process")?;
    limits::apply(&Limits::default(), false)
}

/// Runs `attempt` in a child, so that this process stays as it is.
fn try_in_child(attempt: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let step = "try a layer";
    let (told, tell) = pipe2(OFlag::O_CLOEXEC).step(step)?;
    let child = fork(move || {
        let result = attempt();
        i32::from(serde_json::to_writer(File::from(tell), &result).is_err())
    });
    let child = child.step(step)?;
    let mut word = String::new();
    File::from(told).read_to_string(&mut word).step(step)?;
    nix::sys::wait::waitpid(child, None).step(step)?;
    serde_json::from_str(&word).step(step)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(active: &[&str]) -> Vec<Layer> {
        let names = [NAMESPACES, LANDLOCK, SCOPES, SECCOMP, LIMITS];
        names
            .map(|n| Layer {
                name: n.into(),
                active: active.contains(&n),
                detail: String::new(),
            })
            .to_vec()
    }

    #[test]
    fn the_level_follows_from_the_layers() {
        assert_eq!(
            best(&machine(&[NAMESPACES, LANDLOCK, SECCOMP, LIMITS])),
            Level::Full
        );
        assert_eq!(
            best(&machine(&[LANDLOCK, SCOPES, SECCOMP, LIMITS])),
            Level::Kernel
        );
        assert_eq!(best(&machine(&[LANDLOCK, SECCOMP, LIMITS])), Level::None);
        assert_eq!(best(&machine(&[NAMESPACES, LANDLOCK, LIMITS])), Level::None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = missing(Level::Full, &machine(&[LANDLOCK, LIMITS]));
        let names: Vec<_> = missing.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, [NAMESPACES, SECCOMP]);
    }
}
