//! The texts of the pages: both languages say the same things, and nothing is missing or left over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use shared::amendments::{AmendmentKind, AmendmentState, AmendmentStep};
use shared::bank::{Delimiter, MatchRule};
use shared::batches::Obstacle;
use shared::calls::{CATEGORIES, CallState, FundingWindow};
use shared::concepts::ConceptState;
use shared::exports::{Dialect, ExportName};
use shared::fund::corrections::{CheckKey, CorrectionKind, CorrectionState};
use shared::fund::{Account, BookingState, ContributionState, EntryKind, LineKey, Purpose, SplitMethod};
use shared::grants::{
    AccountState, AgreementState, BlockReason, ClosureItem, DisbursementState, EventKind, PaymentStep, PaymentView,
    RecoveryState, TrancheState,
};
use shared::home::TaskKind;
use shared::people::{Language, OrganisationKind};
use shared::periods::PeriodState;
use shared::permission::{BodyKind, Role};
use shared::problem::Code;
use shared::proposals::{LineSource, ProposalState, ScreeningOutcome, TaskState};
use shared::rates::{RateEffect, RateKind, RateState};
use shared::reports::{ReportState, ReportingMethod, ShiftBand};
use shared::reviews::{Conflict, Light, Resolution, ReviewState};
use shared::upload::DateFormat;
use shared::votes::{Choice, MotionState, Outcome};

/// A key's variables, and the file it stands in.
struct Entry {
    variables: BTreeSet<String>,
    file: String,
}

type Texts = BTreeMap<String, Entry>;

fn frontend() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend")
}

fn texts(language: &str) -> Texts {
    let mut texts = Texts::new();
    for file in fs::read_dir(frontend().join("locales").join(language)).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        if let Err((_, errors)) = FluentResource::try_new(source.clone()) {
            panic!("{language}/{name}: {errors:?}");
        }
        let mut key = None;
        for line in source.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let (found, _) = line.split_once('=').unwrap();
                let found = found.trim().to_owned();
                let entry = Entry { variables: BTreeSet::new(), file: name.clone() };
                assert!(texts.insert(found.clone(), entry).is_none(), "{language}: {found} stands twice");
                key = Some(found);
            }
            if let Some(entry) = key.as_ref().filter(|_| !line.starts_with('#')).and_then(|k| texts.get_mut(k)) {
                entry.variables.extend(line.split('$').skip(1).map(identifier));
            }
        }
    }
    texts
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("i18n.rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&frontend().join("src"), &mut found);
    found
}

/// The calls of `name("…" …)` outside comments: the literal, and the names of `name = value` that follow it.
fn calls(source: &str, name: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found = Vec::new();
    let code: Vec<&str> = source.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let opening = format!("{name}(");
    for (at, _) in code.match_indices(&opening) {
        if code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let rest = code[at + opening.len()..].trim_start();
        let Some(rest) = rest.strip_prefix('"') else { continue };
        let Some((literal, mut rest)) = rest.split_once('"') else { continue };
        let mut names = BTreeSet::new();
        let mut depth = 0_i32;
        while let Some(c) = rest.chars().next() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    let after = rest[1..].trim_start();
                    let name = identifier(after);
                    if after[name.len()..].trim_start().starts_with('=') && !name.is_empty() {
                        names.insert(name);
                    }
                }
                _ => {}
            }
            rest = &rest[c.len_utf8()..];
        }
        found.push((literal.to_owned(), names));
    }
    found
}

/// The words that are looked up by group: `word("role", role.as_str())`.
fn groups() -> Vec<(&'static str, Vec<&'static str>)> {
    macro_rules! words {
        ($($group:literal => $type:ty),+ $(,)?) => {
            vec![$(($group, <$type>::ALL.iter().map(|w| w.as_str()).collect())),+]
        };
    }
    let mut groups = words![
        "role" => Role,
        "concept-state" => ConceptState,
        "match-rule" => MatchRule,
        "obstacle" => Obstacle,
        "delimiter" => Delimiter,
        "date-format" => DateFormat,
        "period-state" => PeriodState,
        "rate-kind" => RateKind,
        "rate-state" => RateState,
        "rate-effect" => RateEffect,
        "body-kind" => BodyKind,
        "organisation-kind" => OrganisationKind,
        "purpose" => Purpose,
        "account" => Account,
        "entry-kind" => EntryKind,
        "fund-line" => LineKey,
        "split" => SplitMethod,
        "split-hint" => SplitMethod,
        "contribution-state" => ContributionState,
        "booking-state" => BookingState,
        "correction-kind" => CorrectionKind,
        "correction-state" => CorrectionState,
        "ledger-finding" => CheckKey,
        "agreement-state" => AgreementState,
        "tranche-state" => TrancheState,
        "disbursement-state" => DisbursementState,
        "payee-state" => AccountState,
        "report-state" => ReportState,
        "amendment-kind" => AmendmentKind,
        "amendment-state" => AmendmentState,
        "amendment-waits" => AmendmentStep,
        "reporting-method" => ReportingMethod,
        "shift-band" => ShiftBand,
        "recovery-state" => RecoveryState,
        "closure-item" => ClosureItem,
        "payment-step" => PaymentStep,
        "payment-waits" => PaymentStep,
        "payment-view" => PaymentView,
        "payment-sum" => PaymentView,
        "block-reason" => BlockReason,
        "event" => EventKind,
        "task" => TaskKind,
        "tasks" => TaskKind,
        "export" => ExportName,
        "export-about" => ExportName,
        "dialect" => Dialect,
        "language" => Language,
        "call-state" => CallState,
        "funding-window" => FundingWindow,
        "proposal-state" => ProposalState,
        "screening" => ScreeningOutcome,
        "screening-hint" => ScreeningOutcome,
        "line-source" => LineSource,
        "task-state" => TaskState,
        "review-state" => ReviewState,
        "conflict" => Conflict,
        "resolution" => Resolution,
        "light" => Light,
        "motion-state" => MotionState,
        "choice" => Choice,
        "outcome" => Outcome,
        "decision" => Outcome,
    ];
    groups.push(("outcome-hint", Outcome::PROPOSABLE.iter().map(|outcome| outcome.as_str()).collect()));
    // The steps of a proposal's track are some of its states.
    groups.push(("proposal-step", vec!["draft", "submitted", "screened", "in_review", "deliberated", "decided"]));
    groups.push(("category", CATEGORIES.to_vec()));
    groups
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_variables() {
    let (en, fr) = (texts("en"), texts("fr"));
    let mut wrong = Vec::new();
    for key in en.keys().chain(fr.keys()).collect::<BTreeSet<_>>() {
        match (en.get(key), fr.get(key)) {
            (Some(en), Some(fr)) => {
                if en.variables != fr.variables {
                    wrong.push(format!("{key}: variables {:?} in English, {:?} in French", en.variables, fr.variables));
                }
                if en.file != fr.file {
                    wrong.push(format!("{key}: in {} in English, in {} in French", en.file, fr.file));
                }
            }
            (Some(_), None) => wrong.push(format!("{key}: missing in French")),
            (None, _) => wrong.push(format!("{key}: missing in English")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_text_that_a_page_asks_for_exists_with_its_values() {
    let texts = texts("en");
    let mut wrong = Vec::new();
    for (path, source) in all_sources() {
        for (key, names) in calls(&source, "t").into_iter().chain(calls(&source, "t!")) {
            match texts.get(&key) {
                None => wrong.push(format!("{}: {key} has no text", path.display())),
                Some(entry) if entry.variables != names => {
                    wrong.push(format!("{}: {key} wants {:?}, gets {names:?}", path.display(), entry.variables));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_text_is_used() {
    let sources = all_sources();
    let groups: BTreeSet<String> =
        sources.iter().flat_map(|(_, source)| calls(source, "word")).map(|(group, _)| group).collect();
    let all: String = sources.into_iter().map(|(_, source)| source).collect();
    let unused: Vec<_> = texts("en")
        .into_keys()
        .filter(|key| !all.contains(&format!("\"{key}\"")) && !key.starts_with("problem-"))
        .filter(|key| !groups.iter().any(|group| key.starts_with(&format!("{group}-"))))
        .collect();
    assert!(unused.is_empty(), "\n{}", unused.join("\n"));
}

#[test]
fn every_problem_has_a_text() {
    let texts = texts("en");
    let codes: BTreeSet<_> = Code::ALL.iter().map(|c| format!("problem-{}", c.as_str().replace('_', "-"))).collect();
    let missing: Vec<_> = codes.iter().filter(|key| !texts.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no text: {missing:?}");
    let left_over: Vec<_> = texts.keys().filter(|k| k.starts_with("problem-") && !codes.contains(*k)).collect();
    assert!(left_over.is_empty(), "no such code: {left_over:?}");
}

#[test]
fn every_word_has_a_text() {
    let texts = texts("en");
    let mut missing = Vec::new();
    for (group, words) in groups() {
        for word in words {
            let key = format!("{group}-{}", word.replace('_', "-"));
            if !texts.contains_key(&key) {
                missing.push(key);
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    let known: BTreeSet<_> = groups().into_iter().map(|(group, _)| group.to_owned()).collect();
    let unknown: BTreeSet<_> = all_sources()
        .iter()
        .flat_map(|(_, source)| calls(source, "word"))
        .map(|(group, _)| group)
        .filter(|group| !known.contains(group))
        .collect();
    assert!(unknown.is_empty(), "add to groups() above: {unknown:?}");
}

#[test]
fn french_has_no_breaking_space_before_its_marks() {
    for file in fs::read_dir(frontend().join("locales/fr")).unwrap() {
        let path = file.unwrap().path();
        for (n, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let text = line.split_once(" = ").map_or(line, |(_, text)| text);
            let bare = [" ;", " !", " ?", " :", " %", "« ", " »"].into_iter().find(|mark| text.contains(mark));
            assert!(line.starts_with('#') || bare.is_none(), "{}:{}: {bare:?} in {text}", path.display(), n + 1);
        }
    }
}
