//! What people write: words by chance, as many as the load model says.

use crate::dice::Dice;

const WORDS: &str = "the crew reports that water fuel and food will last until friday engine two runs \
    hot again please check pump seven before the next watch a boat leaves harbour at noon with \
    four people and the spare antenna weather from north is getting worse keep all lines short \
    doctor asks for a list of who was ill this week generator maintenance moved to tuesday morning \
    nobody answered on channel twelve we try once more after supper maps of the valley are in the \
    shared folder bring batteries rope and the blue case thanks good work everybody see you there";

/// Words of a message: a uniform spread around the model's mean of 35, or 24 for an answer.
pub(crate) fn message(dice: &mut Dice, is_reply: bool) -> String {
    let most = if is_reply { 48 } else { 70 };
    let count = 1 + dice.below(most);
    words(dice, count)
}

/// So many words.
pub(crate) fn words(dice: &mut Dice, count: usize) -> String {
    let all: Vec<&str> = WORDS.split_whitespace().collect();
    let words = (0..count).map(|_| dice.pick(&all).copied().unwrap_or("word"));
    words.collect::<Vec<_>>().join(" ")
}

/// What somebody types into a search field: one to four words, and sometimes a filter.
pub(crate) fn search(dice: &mut Dice, person: &str) -> String {
    let count = 1 + dice.below(4);
    let mut terms = words(dice, count);
    if dice.happens(0.2) {
        terms = format!("\"{terms}\"");
    }
    for filter in [format!(" from:{person}"), " in:town-square".to_owned(), " -harbour".to_owned()]
    {
        if dice.happens(0.2) {
            terms.push_str(&filter);
        }
    }
    if dice.happens(0.2) {
        terms.push_str(" after:2020-01-01");
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_long_as_the_model_says() {
        for (is_reply, wanted) in [(false, 35.0), (true, 24.0)] {
            let mut dice = Dice::new(1);
            let words: usize =
                (0..5000).map(|_| message(&mut dice, is_reply).split(' ').count()).sum();
            let mean = words as f64 / 5000.0;
            assert!((wanted - 1.5..wanted + 1.5).contains(&mean), "{mean}");
        }
    }
}
