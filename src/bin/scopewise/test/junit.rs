//! What came of tests as JUnit XML: a suite for each file, a case for each expectation.

use std::fmt::{self, Write};

use scopewise::ExpectationOutcome;

use super::{Round, Tested, report};
use crate::words::push;

/// The results as a text.
pub(super) fn xml(round: &Round) -> String {
    let (all, failed) = (round.passed + round.failed, round.failed);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    push(
        &mut text,
        format_args!("<testsuites tests=\"{all}\" failures=\"{failed}\" errors=\"0\" time=\"0\">\n"),
    );
    round.files.iter().for_each(|file| suite(&mut text, file));
    text.push_str("</testsuites>");
    text
}

/// Readers of this format want times, and an expectation takes none that could be told.
fn suite(text: &mut String, Tested { file, report, .. }: &Tested) {
    let (name, all, failed) = (Escaped(file), report.passed + report.failed, report.failed);
    let counts = format!("tests=\"{all}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\" time=\"0\"");
    push(text, format_args!("  <testsuite name=\"{name}\" {counts}>\n"));
    for test in &report.tests {
        test.expectations.iter().for_each(|expectation| case(text, file, &test.name, expectation));
    }
    text.push_str("  </testsuite>\n");
}

fn case(text: &mut String, file: &str, test: &str, expectation: &ExpectationOutcome) {
    let (class, claim) = (Escaped(test), report::claim(expectation));
    let (name, file) = (Escaped(&claim), Escaped(file));
    push(
        text,
        format_args!("    <testcase classname=\"{class}\" name=\"{name}\" file=\"{file}\" time=\"0\""),
    );
    if expectation.passed {
        return text.push_str("/>\n");
    }
    let verdict = report::verdict(expectation);
    push(text, format_args!(">\n      <failure message=\"{}\" type=\"expectation\">", Escaped(&verdict)));
    for (word, line) in report::why(expectation) {
        push(text, format_args!("\n{word:10}  {}", Escaped(&line)));
    }
    text.push_str("\n</failure>\n");
    text.push_str("    </testcase>\n");
}

/// A text as it stands between tags or quotes. Characters that XML cannot hold in any form are replaced.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(character))?,
                '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => f.write_str("\u{FFFD}")?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}
