//! `course publish`: the starter that students get.

use anyhow::Result;
use publish::{Options, Progress, Published, Target};

use crate::exit::Exit;
use crate::{PublishArgs, assignments, workspace};

/// Publishes an assignment and prints what was proved about it.
///
/// # Errors
/// When the starter does not compile, scores points, leaks, or cannot be written.
pub fn run(args: &PublishArgs) -> Result<Exit> {
    let published = starter(args)?;
    println!(
        "published {} files to {}",
        published.files,
        published.path.display()
    );
    println!(
        "compiled in {:.0} s; public checks: {} of {} points; no leak found",
        published.built.time.as_secs_f64(),
        published.score.points,
        published.score.max
    );
    println!("sha256 {}", published.sha256);
    if !published.left_out.is_empty() {
        println!(
            "left out, because git does not track them: {}",
            published.left_out.join(", ")
        );
    }
    Ok(Exit::Done)
}

/// Makes the starter, saying on standard error which step it is at.
fn starter(args: &PublishArgs) -> Result<Published> {
    let suite = assignments::suite(&args.assignment)?;
    let is_zip = args.out.extension().is_some_and(|ext| ext == "zip");
    let out = if is_zip {
        Target::Zip(args.out.clone())
    } else {
        Target::Folder(args.out.clone())
    };
    let mut options = Options::new(workspace::root()?, suite.assignment.package, out);
    options.force = args.force;
    let published = publish::publish(&options, &mut |progress| {
        if let Progress::Step(step) = progress {
            eprintln!("   {step}");
        }
    })?;
    Ok(published)
}
