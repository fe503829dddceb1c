//! A run as a list of named steps: progress while it goes, a table at its end.

use anyhow::Result;
use std::process::ExitCode;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a step that did not fail ended.
pub enum Outcome {
    /// It did its work.
    Passed,
    /// It had nothing to work on, or lacks a tool that is not required; says why.
    Skipped(String),
}

enum Mark {
    Passed,
    Failed,
    Skipped(String),
}

struct Row {
    name: &'static str,
    mark: Mark,
    took: Duration,
}

/// A step on a thread of its own; see [`Steps::join`].
pub struct Background {
    name: &'static str,
    thread: JoinHandle<(Result<Outcome>, Duration)>,
}

impl Background {
    /// Starts quiet work (a download, say) beside the steps that keep the processors busy.
    pub fn start(name: &'static str, work: impl FnOnce() -> Result<Outcome> + Send + 'static) -> Self {
        println!("── {name} (in the background)");
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            (work(), begun.elapsed())
        });
        Self { name, thread }
    }
}

/// The steps of one run.
pub struct Steps {
    begun: Instant,
    rows: Vec<Row>,
}

impl Steps {
    /// Begins a run; its clock starts now.
    pub fn begin() -> Self {
        Self { begun: Instant::now(), rows: Vec::new() }
    }

    /// Does one step now. A failure is printed and noted, and true only means "go on as if it were there".
    pub fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) -> bool {
        println!("\n── {name} (at {})", clock(self.begun.elapsed()));
        let begun = Instant::now();
        let result = work();
        self.note(name, result, begun.elapsed())
    }

    /// Waits for a step in the background and notes how it ended.
    pub fn join(&mut self, background: Background) -> bool {
        let Background { name, thread } = background;
        println!("\n── {name} (waited for at {})", clock(self.begun.elapsed()));
        let (result, took) =
            thread.join().unwrap_or_else(|_| (Err(anyhow::anyhow!("the step's thread died")), Duration::ZERO));
        self.note(name, result, took)
    }

    /// Notes a step that was not done, and why.
    pub fn skip(&mut self, name: &'static str, why: &str) {
        self.note(name, Ok(Outcome::Skipped(why.to_owned())), Duration::ZERO);
    }

    fn note(&mut self, name: &'static str, result: Result<Outcome>, took: Duration) -> bool {
        let mark = match result {
            Ok(Outcome::Passed) => Mark::Passed,
            Ok(Outcome::Skipped(why)) => Mark::Skipped(why),
            Err(error) => {
                println!("{error:#}");
                Mark::Failed
            }
        };
        match &mark {
            Mark::Passed => println!("   {name}: passed in {}", clock(took)),
            Mark::Failed => println!("   {name}: FAILED after {}", clock(took)),
            Mark::Skipped(why) => println!("   {name}: skipped: {why}"),
        }
        let passed = matches!(mark, Mark::Passed);
        self.rows.push(Row { name, mark, took });
        passed
    }

    /// Prints the table and, alone on the last line, the count.
    pub fn finish(self) -> ExitCode {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        println!("\n── {} in all", clock(self.begun.elapsed()));
        let (mut passed, mut failed) = (0, 0);
        for Row { name, mark, took } in &self.rows {
            let (word, note) = match mark {
                Mark::Passed => ("passed ", String::new()),
                Mark::Failed => ("FAILED ", String::new()),
                Mark::Skipped(why) => ("skipped", format!("  {why}")),
            };
            match mark {
                Mark::Passed => passed += 1,
                Mark::Failed => failed += 1,
                Mark::Skipped(_) => {}
            }
            println!("  {word}  {name:width$}  {:>6}{note}", clock(*took));
        }
        println!("\n{passed} passed, {failed} failed");
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A duration as minutes and seconds.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_minutes_and_two_digits_of_seconds() {
        assert_eq!(clock(Duration::from_secs(5)), "0:05");
        assert_eq!(clock(Duration::from_secs(754)), "12:34");
    }

    #[test]
    fn a_failed_step_does_not_hide_the_next() {
        let mut steps = Steps::begin();
        assert!(!steps.run("first", || anyhow::bail!("broken")));
        assert!(steps.run("second", || Ok(Outcome::Passed)));
        assert_eq!(steps.finish(), ExitCode::FAILURE);
    }

    #[test]
    fn a_skipped_step_fails_nothing() {
        let mut steps = Steps::begin();
        steps.skip("first", "not installed");
        assert_eq!(steps.finish(), ExitCode::SUCCESS);
    }
}
