//! `course publish`: the starter that students get.

use std::path::Path;

use anyhow::Result;
use publish::{Options, Progress, Published, Target};

use crate::exit::Exit;
use crate::output::{say, tell};
use crate::{PublishArgs, assignments, workspace};

/// Publishes an assignment, or looks at what was published.
///
/// # Errors
/// As [`publish_to`], or when a zip to verify is no unchanged starter.
pub fn run(args: &PublishArgs) -> Result<Exit> {
    if let Some(zip) = &args.verify {
        let sha256 = publish::verify(zip)?;
        say(format_args!(
            "{} is a starter as it was published",
            zip.display()
        ))?;
        say(format_args!("sha256 {sha256}"))?;
    } else if let Some(out) = &args.out {
        publish_to(&args.assignment, out, args.force)?;
    }
    Ok(Exit::Done)
}

/// Publishes an assignment to `out` and prints what was proved about it.
///
/// # Errors
/// When the starter does not compile, scores points, leaks, or cannot be written.
pub fn publish_to(assignment: &str, out: &Path, force: bool) -> Result<()> {
    let published = starter(assignment, out, force)?;
    say(format_args!(
        "published {} files to {}",
        published.files,
        published.path.display()
    ))?;
    say(format_args!(
        "compiled in {:.0} s; public checks: {} of {} points; no leak found",
        published.built.time.as_secs_f64(),
        published.score.points,
        published.score.max
    ))?;
    say(format_args!("sha256 {}", published.sha256))?;
    if !published.left_out.is_empty() {
        say(format_args!(
            "left out, because git does not track them: {}",
            published.left_out.join(", ")
        ))?;
    }
    Ok(())
}

/// Makes the starter, saying on standard error which step it is at.
fn starter(assignment: &str, out: &Path, force: bool) -> Result<Published> {
    let suite = assignments::suite(assignment)?;
    let is_zip = out.extension().is_some_and(|ext| ext == "zip");
    let out = if is_zip {
        Target::Zip(out.to_owned())
    } else {
        Target::Folder(out.to_owned())
    };
    let mut options = Options::new(workspace::root()?, suite.assignment.package, out);
    options.force = force;
    let published = publish::publish(&options, &mut |progress| {
        if let Progress::Step(step) = progress {
            tell(format_args!("   {step}"));
        }
    })?;
    Ok(published)
}
