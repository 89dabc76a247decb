//! Words that differ from another by one slip of the finger.

/// The fewest and the most letters of a word in which a slip is looked for.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=24;

/// The words that somebody may have meant who typed this one: a letter too many, one missing,
/// another in its place, two exchanged. None for short words and for those with digits.
pub fn near(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    if !LENGTHS.contains(&letters.len()) || letters.iter().any(|c| c.is_numeric()) {
        return Vec::new();
    }
    let alphabet = alphabet(letters[0]);
    let mut found = Vec::new();
    for at in 0..letters.len() {
        let (head, tail) = (&letters[..at], &letters[at + 1..]);
        found.push(joined(head, None, tail));
        if let [next, rest @ ..] = tail {
            let exchanged = [&[*next, letters[at]], rest].concat();
            found.push(joined(head, None, &exchanged));
        }
        found.extend(alphabet.chars().map(|letter| joined(head, Some(letter), tail)));
    }
    for at in 0..=letters.len() {
        let (head, tail) = letters.split_at(at);
        found.extend(alphabet.chars().map(|letter| joined(head, Some(letter), tail)));
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|other| other != word);
    found
}

fn joined(head: &[char], letter: Option<char>, tail: &[char]) -> String {
    head.iter().chain(&letter).chain(tail).collect()
}

/// The letters with which a word is written that begins with this one; none, if that is not known.
fn alphabet(first: char) -> &'static str {
    match first {
        'a'..='z' => "abcdefghijklmnopqrstuvwxyz",
        '\u{400}'..='\u{52f}' => "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў",
        'α'..='ω' => "αβγδεζηθικλμνξοπρστυφχψω",
        'א'..='ת' => "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
        '\u{620}'..='\u{6ff}' => "ءابتثجحخدذرزسشصضطظعغفقكلمنهوي",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_found_and_two_are_not() {
        let found = near("bridge");
        for word in ["bridg", "brdige", "bridges", "brigde", "fridge", "abridge", "bride"] {
            assert!(found.iter().any(|other| other == word), "{word}");
        }
        for word in ["bridge", "bird", "frigde", "bridgess"] {
            assert!(!found.iter().any(|other| other == word), "{word}");
        }
        assert!(near("київ").contains(&"києв".to_owned()));
        assert!(near("مرحبا").contains(&"مرحب".to_owned()));
    }

    #[test]
    fn short_words_numbers_and_endless_words_have_none() {
        for word in ["", "abc", "2024", "b2b4", &"x".repeat(25)] {
            assert_eq!(near(word), [""; 0], "{word}");
        }
        assert!(near(&"ж".repeat(24)).len() < 2000);
        // Of a script whose letters are not known here, only what was typed is used.
        assert_eq!(near("გამა").len(), 7);
    }
}
