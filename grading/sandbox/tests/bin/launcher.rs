//! A program that uses sandboxes, as a process of its own, so that tests can run it as another user
//! or kill it. Usage: `sandbox-launcher PROGRAM [ARGUMENT...]`; prints how the program ended and
//! what it printed.

use std::process::ExitCode;

use sandbox::{Launcher, Mount, Policy, Program, SandboxError, spawn};

fn main() -> ExitCode {
    sandbox::run_if_launcher();
    match run() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, SandboxError> {
    let mut arguments = std::env::args().skip(1);
    let host = arguments.next().unwrap_or_default().into();
    let libraries = ["/usr", "/lib", "/lib64"]
        .into_iter()
        .filter(|path| std::path::Path::new(path).exists());
    let mut read_only: Vec<_> = libraries.map(Mount::same).collect();
    read_only.push(Mount {
        host,
        inside: "/program".into(),
    });
    let policy = Policy {
        read_only,
        ..Policy::default()
    };
    let program = Program {
        path: "/program".into(),
        arguments: arguments.collect(),
        ..Program::default()
    };
    let launcher =
        Launcher::current_exe().map_err(|error| SandboxError::Invalid(error.to_string()))?;
    let ended = spawn(&launcher, &policy, program)?.wait()?;
    Ok(format!("{:?}\n{}", ended.how, ended.stdout.text()))
}
