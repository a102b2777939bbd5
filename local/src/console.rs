//! What the commands print: results to stdout, everything else to stderr.
//!
//! The only place of this crate that prints, so that a script can trust stdout to hold results alone.

use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line of the result.
#[expect(clippy::print_stdout, reason = "results belong on stdout")]
pub fn result(text: &str) {
    println!("{text}");
}

/// Prints a remark or an error.
#[expect(clippy::print_stderr, reason = "remarks must not mix with results")]
pub fn remark(text: &str) {
    eprintln!("{text}");
}

/// A progress bar with rate and time left, on stderr; drawn only where stderr is a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a bar of `n_steps`, headed by what is being done.
    pub fn start(heading: &str, n_steps: u64) -> Self {
        let bar = ProgressBar::new(n_steps);
        let template = "{msg} {wide_bar} {human_pos}/{human_len}  {per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(heading.to_owned());
        Self { bar }
    }

    /// Moves the bar on.
    pub fn advance(&self, n_steps: u64) {
        self.bar.inc(n_steps);
    }

    /// Prints a remark above the bar.
    pub fn remark(&self, text: &str) {
        self.bar.suspend(|| remark(text));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
