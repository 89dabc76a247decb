//! What hashing passwords leaves behind. It is alone in its process: what others allocate counts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

use fieldpost_identity::credential::Password;
use fieldpost_kernel::SystemEntropy;

/// The bytes that this process holds and that come from no file.
fn held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn the_memory_of_a_hash_is_given_back() {
    let password = Password::new("correct horse".to_owned()).unwrap();
    let before = held();
    for _ in 0..3 {
        let hash = password.hash(&SystemEntropy).unwrap();
        assert!(hash.matches("correct horse"));
    }
    let kept = held().saturating_sub(before);
    // One hash takes 19 MiB.
    assert!(kept < 2 << 20, "{kept} bytes are still held");
}
