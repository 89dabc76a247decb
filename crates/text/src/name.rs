//! Which names, addresses and language tags are well formed.
//!
//! These rules look at the text alone. Whether a name is taken is for the caller to find out.

/// Most bytes an emoji name may have.
pub(crate) const MAX_EMOJI: usize = 64;

const MAX_USERNAME: usize = 64;
const MAX_TEAM: usize = 64;
const MIN_TEAM: usize = 2;
const MAX_CHANNEL: usize = 64;
const MAX_EMAIL: usize = 128;
const MAX_LOCALE: usize = 5;
const ID_LENGTH: usize = 26;
const SHA1_HEX_LENGTH: usize = 40;

/// User names that mean something else.
const RESERVED_USERNAMES: [&str; 4] = ["all", "channel", "matterbot", "system"];

/// Group names that mean something else.
const RESERVED_GROUP_NAMES: [&str; 3] = ["all", "channel", "here"];

/// First path segments of the web application; a team of such a name would hide a page.
const RESERVED_TEAM_STARTS: [&str; 17] = [
    "admin",
    "api",
    "channel",
    "claim",
    "error",
    "files",
    "help",
    "landing",
    "login",
    "mfa",
    "oauth",
    "plug",
    "plugins",
    "post",
    "signup",
    "boards",
    "playbooks",
];

/// Why a text cannot be the name it was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// It has fewer bytes than the least allowed.
    TooShort,
    /// It has more bytes than the most allowed.
    TooLong,
    /// It is set aside for another use.
    Reserved,
    /// It holds a character that is not allowed, or not there.
    Malformed,
}

/// Checks the name of a local user: 1 to 64 of `a-z 0-9 . _ -`, not one of the reserved words.
pub fn check_username(name: &str) -> Result<(), NameError> {
    check_length(name, 1, MAX_USERNAME)?;
    check_bytes(name, is_username_byte)?;
    check_unreserved(RESERVED_USERNAMES.contains(&name))
}

/// Checks the name of a user of another server, which may also hold `:`.
pub fn check_remote_username(name: &str) -> Result<(), NameError> {
    check_length(name, 1, MAX_USERNAME)?;
    check_bytes(name, |byte| is_username_byte(byte) || byte == b':')?;
    check_unreserved(RESERVED_USERNAMES.contains(&name))
}

/// Checks the name of a group: 1 to 64 of `a-z 0-9 . _ -`, not a word that addresses a channel.
pub fn check_group_name(name: &str) -> Result<(), NameError> {
    check_length(name, 1, MAX_USERNAME)?;
    check_bytes(name, is_username_byte)?;
    check_unreserved(RESERVED_GROUP_NAMES.contains(&name))
}

/// Checks the name of a team: 2 to 64 of `a-z 0-9 -`, with a letter or digit at both ends, not
/// beginning with a reserved word. Two words joined by `__` are a name too.
pub fn check_team_name(name: &str) -> Result<(), NameError> {
    check_length(name, 0, MAX_TEAM)?;
    check_unreserved(RESERVED_TEAM_STARTS.iter().any(|word| name.starts_with(word)))?;
    check_length(name, MIN_TEAM, MAX_TEAM)?;
    if let Some((left, right)) = name.split_once("__") {
        check_shape(!left.is_empty() && !right.is_empty())?;
        check_bytes(left, is_lower_alphanumeric)?;
        return check_bytes(right, is_lower_alphanumeric);
    }
    check_shape(!name.starts_with('-') && !name.ends_with('-'))?;
    check_bytes(name, |byte| is_lower_alphanumeric(byte) || byte == b'-')
}

/// Checks the name of a public or private channel: 1 to 64 of `a-z 0-9 _ -`, beginning with a
/// letter or digit.
///
/// The shapes of the names of direct and group conversations are reserved.
pub fn check_channel_name(name: &str) -> Result<(), NameError> {
    check_length(name, 1, MAX_CHANNEL)?;
    check_shape(!name.starts_with(['_', '-']))?;
    check_bytes(name, |byte| is_lower_alphanumeric(byte) || matches!(byte, b'_' | b'-'))?;
    check_unreserved(is_group_shape(name) || is_direct_shape(name))
}

/// Checks the name of an emoji: 1 to 64 of `a-z A-Z 0-9 + _ -`.
pub fn check_emoji_name(name: &str) -> Result<(), NameError> {
    check_length(name, 1, MAX_EMOJI)?;
    check_bytes(name, is_emoji_byte)
}

/// Checks an e-mail address: 1 to 128 bytes in lower case, a local part and a domain of plain
/// words joined by dots. A display name, angle brackets, comments and quotes are refused.
pub fn check_email(address: &str) -> Result<(), NameError> {
    check_length(address, 1, MAX_EMAIL)?;
    let (local, domain) = address.split_once('@').ok_or(NameError::Malformed)?;
    let lower_case = !address.chars().any(char::is_uppercase);
    check_shape(lower_case && is_dotted_words(local) && is_dotted_words(domain))
}

/// Checks a language tag of at most five bytes: a language, and perhaps a region after `-` or
/// `_`. An empty tag stands for the default and is well formed.
pub fn check_locale(tag: &str) -> Result<(), NameError> {
    check_length(tag, 0, MAX_LOCALE)?;
    if tag.is_empty() {
        return Ok(());
    }
    let (language, region) = match tag.split_once(['-', '_']) {
        Some((language, region)) => (language, Some(region)),
        None => (tag, None),
    };
    check_bytes(language, |byte| byte.is_ascii_alphabetic())?;
    check_bytes(region.unwrap_or_default(), |byte| byte.is_ascii_alphabetic())?;
    let region_fits = region.is_none_or(|region| region.len() == 2);
    check_shape(matches!(language.len(), 2 | 3) && region_fits)
}

/// Whether a byte may stand in the name of an emoji.
pub(crate) fn is_emoji_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'_' | b'-')
}

fn check_length(name: &str, least: usize, most: usize) -> Result<(), NameError> {
    if name.len() < least {
        Err(NameError::TooShort)
    } else if name.len() > most {
        Err(NameError::TooLong)
    } else {
        Ok(())
    }
}

fn check_bytes(name: &str, allowed: impl Fn(u8) -> bool) -> Result<(), NameError> {
    check_shape(name.bytes().all(allowed))
}

fn check_shape(well_formed: bool) -> Result<(), NameError> {
    if well_formed { Ok(()) } else { Err(NameError::Malformed) }
}

fn check_unreserved(reserved: bool) -> Result<(), NameError> {
    if reserved { Err(NameError::Reserved) } else { Ok(()) }
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_username_byte(byte: u8) -> bool {
    is_lower_alphanumeric(byte) || matches!(byte, b'.' | b'_' | b'-')
}

/// The shape of a group conversation's name: a SHA-1 in hexadecimal.
fn is_group_shape(name: &str) -> bool {
    name.len() == SHA1_HEX_LENGTH && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The shape of a direct conversation's name: two ids joined by `__`.
fn is_direct_shape(name: &str) -> bool {
    let is_id = |text: &str| text.len() == ID_LENGTH && text.bytes().all(is_lower_alphanumeric);
    name.split_once("__").is_some_and(|(one, other)| is_id(one) && is_id(other))
}

/// Words of the characters e-mail allows without quotes, joined by single dots.
fn is_dotted_words(text: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
    };
    text.split('.').all(|word| !word.is_empty() && word.chars().all(allowed))
}

#[cfg(test)]
mod tests;
