//! Counting words: one function for the browser's counter and the server's limit.

/// The most characters that an answer is kept with, far above any word limit.
pub const ANSWER_MAX_CHARS: usize = 100_000;

/// How many words a text has: runs of characters between spaces that hold a letter or a digit.
///
/// A lone `:`, `»`, `–` or bullet is no word, so that French spacing and pasted lists cost nothing.
#[must_use]
pub fn count_words(text: &str) -> usize {
    text.split(is_gap).filter(|run| run.chars().any(char::is_alphanumeric)).count()
}

/// Where the text goes over the limit: the byte where word `max + 1` begins; `None` within it.
#[must_use]
pub fn over_limit_at(text: &str, max_words: usize) -> Option<usize> {
    let mut words = 0;
    let mut start = 0;
    for run in text.split_inclusive(is_gap) {
        if run.chars().any(char::is_alphanumeric) {
            words += 1;
            if words > max_words {
                return Some(start);
            }
        }
        start += run.len();
    }
    None
}

/// A text as it is kept: lines end with `\n`, and characters that nobody can see or store are gone.
/// Words, paragraphs, tabs and lists stay as they are.
#[must_use]
pub fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}') { '\n' } else { c })
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect()
}

/// Text pasted from a word processor, as plain text: paragraphs stay, and the bullets of its symbol
/// fonts (`·`, `o`, `§` and a tab) become `•` and a space.
#[must_use]
pub fn paste(text: &str) -> String {
    let line = |line: &str| {
        let (bullet, rest) = line.trim_start().split_once('\t')?;
        matches!(bullet, "•" | "·" | "o" | "§" | "▪" | "\u{f0b7}" | "-" | "–")
            .then(|| format!("• {}", rest.trim_start()))
    };
    clean(text).split('\n').map(|l| line(l).unwrap_or_else(|| l.to_owned())).collect::<Vec<_>>().join("\n")
}

/// Spaces of all kinds, no-break ones too, and the zero-width space that Word leaves behind.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || c == '\u{200b}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_counted_as_a_reader_would() {
        for (text, words) in [
            ("", 0),
            ("  \n\t ", 0),
            ("one two", 2),
            ("Objectif\u{202f}: réduire de 12,5\u{a0}% l’attente", 5),
            ("«\u{a0}Couverture santé universelle\u{a0}»", 3),
            ("• first\n• second\n– third", 3),
            ("rendez-vous d’aujourd’hui", 2),
            ("a\u{200b}b", 2),
        ] {
            assert_eq!(count_words(text), words, "{text:?}");
        }
    }

    #[test]
    fn pasting_keeps_paragraphs_and_lists() {
        assert_eq!(paste("Un\r\n\r\n·\tdeux\r\no\ttrois\r\nquatre\tcinq"), "Un\n\n• deux\n• trois\nquatre\tcinq");
        assert_eq!(clean("a\0b\u{b}c\u{7f}"), "ab\nc");
    }

    proptest! {
        #[test]
        fn cleaning_loses_no_word(text in "\\PC{0,60}") {
            prop_assert_eq!(count_words(&clean(&text)), count_words(&text));
            prop_assert_eq!(clean(&clean(&text)), clean(&text));
        }

        #[test]
        fn what_is_within_the_limit_has_at_most_the_limit(text in "[a-z é\u{a0}\n:•]{0,80}", max in 0_usize..12) {
            match over_limit_at(&text, max) {
                None => prop_assert!(count_words(&text) <= max),
                Some(at) => {
                    prop_assert_eq!(count_words(&text[..at]), max);
                    prop_assert!(count_words(&text) > max);
                }
            }
        }

        #[test]
        fn words_add_up(a in "\\PC{0,40}", b in "\\PC{0,40}") {
            prop_assert_eq!(count_words(&format!("{a} {b}")), count_words(&a) + count_words(&b));
        }
    }
}
