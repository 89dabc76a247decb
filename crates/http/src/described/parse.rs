//! Reading the description: blocks of lines, each of an operation or of a shape.

use super::shape::{self, Field};
use super::{Content, Described, Description, Shape};

/// Reads a file into what was read before.
pub(super) fn into(all: &mut Description, file: &str, text: &str) -> Result<(), String> {
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, head)) = lines.next() {
        let at = |number: usize, why: String| format!("described/{file}:{}: {why}", number + 1);
        if head.trim().is_empty() || head.starts_with('#') {
            continue;
        }
        let mut inside = Vec::new();
        while let Some(line) = lines.next_if(|(_, line)| line.starts_with('\t')) {
            inside.push(line);
        }
        if head.contains(" /") {
            let (key, mut described) = operation(head).map_err(|why| at(number, why))?;
            for (number, line) in inside {
                say(&mut described, line.trim()).map_err(|why| at(number, why))?;
            }
            if all.operations.insert(key, described).is_some() {
                return Err(at(number, "it is described twice".to_owned()));
            }
        } else {
            let (name, rest) = head.split_once(' ').unwrap_or((head, ""));
            let inside: String = inside.iter().map(|(_, line)| *line).collect();
            let found = shape::parse(&format!("{rest}{inside}")).map_err(|why| at(number, why))?;
            if all.shapes.insert(name.to_owned(), found).is_some() {
                return Err(at(number, "it is described twice".to_owned()));
            }
        }
    }
    Ok(())
}

/// An operation of which only its address is known.
fn operation(head: &str) -> Result<((String, String), Described), String> {
    let (method, path) = head.split_once(' ').ok_or("an operation has a method and a path")?;
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let fields = names.map(|name| {
        let word = match name {
            "user_id" => "person",
            name if name.ends_with("_id") => "id",
            _ => "string",
        };
        Field { name: name.to_owned(), required: true, shape: Shape::Word(word.to_owned()) }
    });
    let described = Described { path: fields.collect(), ..Described::default() };
    Ok(((method.to_owned(), path.to_owned()), described))
}

/// Takes in one line about an operation.
fn say(described: &mut Described, line: &str) -> Result<(), String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "public" => described.public = true,
        "path" => {
            for field in shape::parse_fields(rest)? {
                let of_path = described.path.iter_mut().find(|known| known.name == field.name);
                let of_path =
                    of_path.ok_or_else(|| format!("the path has no {{{}}}", field.name))?;
                *of_path = field;
            }
        }
        "query" => described.query.extend(shape::parse_fields(rest)?),
        "body" => described.body = Some(content(rest)?),
        "answers" => {
            let (status, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let content = if rest.is_empty() { None } else { Some(content(rest)?) };
            described.answers.push((number(status)?, content));
        }
        "refuses" => {
            let statuses = rest.split(' ').map(number).collect::<Result<Vec<_>, _>>()?;
            described.refuses.extend(statuses);
        }
        "differs" => described.differs.push(rest.to_owned()),
        _ if line.starts_with(|c: char| c.is_ascii_uppercase()) => {
            line.clone_into(&mut described.summary);
        }
        _ => return Err(format!("{word} says nothing here")),
    }
    Ok(())
}

fn number(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text} is no status"))
}

/// A media type with a shape or without, or a shape alone, which is JSON's.
fn content(text: &str) -> Result<Content, String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    if !word.contains('/') || word.starts_with(['{', '[', '"']) {
        let shape = Some(shape::parse(text)?);
        return Ok(Content { media: "application/json".to_owned(), shape });
    }
    let shape = if rest.is_empty() { None } else { Some(shape::parse(rest)?) };
    Ok(Content { media: word.to_owned(), shape })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Description, String> {
        let mut all = Description::default();
        into(&mut all, "x.txt", text).map(|()| all)
    }

    #[test]
    fn a_block_says_all_of_an_operation() {
        let text = "# Of things.\n\nPUT /things/{thing_id}/{name}\n\tChanges a thing.\n\
                    \tquery page?: integer\n\tbody {a: string}\n\tanswers 200 Thing\n\
                    \tanswers 304\n\trefuses 404\n\tdiffers It may be long.\n";
        let all = read(text).unwrap();
        let described = &all.operations[&("PUT".into(), "/things/{thing_id}/{name}".into())];
        assert_eq!(described.summary, "Changes a thing.");
        assert_eq!(described.differs, ["It may be long."]);
        assert_eq!(described.answers.len(), 2);
        assert!(!described.query[0].required);
        assert_eq!(described.refusals(), [400, 401, 403, 404, 413, 414, 503]);
    }

    #[test]
    fn what_goes_without_saying_depends_on_what_is_taken() {
        let all = read("GET /x\n\tGives x.\n\tpublic\n\tanswers 200 image/png\n").unwrap();
        let described = &all.operations[&("GET".into(), "/x".into())];
        assert_eq!(described.refusals(), [414, 503]);
        let content = described.answers[0].1.as_ref().unwrap();
        assert_eq!((content.media.as_str(), &content.shape), ("image/png", &None));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let found = read("GET /x\n\tGives x.\n\tanswer 200\n").unwrap_err();
        assert_eq!(found, "described/x.txt:3: answer says nothing here");
        let found = read("Thing {\n\tid: ids }\n").unwrap_err();
        assert_eq!(found, "described/x.txt:1: ids is no shape");
    }
}
