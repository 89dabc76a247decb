//! The pages of the program's own code, which the system maps as they are first run.
#![expect(unsafe_code, reason = "the system takes back pages by their address")]

use std::ops::Range;
use std::path::Path;

use rustix::mm::{Advice, madvise};

/// Gives back the code that was run until now.
///
/// Starting runs much that nothing runs again for days: reading arguments and settings, making tables,
/// building the list of routes. The system maps code in pieces of 64 kB, so that is most of what an idle
/// site holds. What is run again is mapped again, from memory as a rule: about 1 µs for each piece.
pub(crate) fn release() {
    let (Ok(program), Ok(maps)) =
        (std::env::current_exe(), std::fs::read_to_string("/proc/self/maps"))
    else {
        return;
    };
    for Range { start, end } in code_of(&program, &maps) {
        let at = std::ptr::with_exposed_provenance_mut(start);
        // SAFETY: The mapping is of a file, private and never written, so that what is dropped reads
        // the same when it is next run or read. It lasts as long as the program does.
        let released = unsafe { madvise(at, end - start, Advice::LinuxDontNeed) };
        if let Err(error) = released {
            tracing::debug!(%error, "the code of the start stays mapped");
        }
    }
}

/// Where the program's code is, by the system's list of mappings (`proc_pid_maps(5)`): what may be
/// run and not written. What the loader writes addresses into must stay, though nobody may write it now.
fn code_of(program: &Path, maps: &str) -> Vec<Range<usize>> {
    let code = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let (range, rights) = (fields.next()?, fields.next()?);
        let path = fields.nth(3)?;
        if rights != "r-xp" || Path::new(path) != program {
            return None;
        }
        let (start, end) = range.split_once('-')?;
        let address = |digits| usize::from_str_radix(digits, 16).ok();
        Some(address(start)?..address(end)?)
    };
    maps.lines().filter_map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_own_code_is_given_back() {
        let maps = "\
55d0a000-55d0c000 r--p 00000000 fe:00 1031 /usr/bin/fieldpost
55d0c000-55d1f000 r-xp 00002000 fe:00 1031 /usr/bin/fieldpost
55d1f000-55d20000 r--p 00015000 fe:00 1031 /usr/bin/fieldpost
55d20000-55d21000 rw-p 00016000 fe:00 1031 /usr/bin/fieldpost
55d21000-55d22000 rwxp 00016000 fe:00 1031 /usr/bin/fieldpost
55d30000-55d40000 rw-p 00000000 00:00 0
7f7d0000-7f7e0000 r-xp 00026000 fe:00 2077 /usr/lib/libc.so.6
";
        let found = code_of(Path::new("/usr/bin/fieldpost"), maps);
        assert_eq!((found.len(), found[0].clone()), (1, 0x55d0_c000..0x55d1_f000));
        assert!(code_of(Path::new("/usr/bin/other"), maps).is_empty());
    }

    #[test]
    fn what_was_given_back_runs_again() {
        let program = std::env::current_exe().unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        assert!(!code_of(&program, &maps).is_empty());
        release();
        assert_eq!(code_of(&program, &maps).len(), 1);
    }
}
