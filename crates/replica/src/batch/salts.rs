//! How a stream says what secret of a log's salts comes with a run.

use fieldpost_log::SaltTree;

use super::Format;

/// A secret that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secret {
    /// So many bytes.
    Bytes(u64),
    /// The seed of a whole tree, from which the secret is made. Since format 4.
    Seed,
}

/// Bytes of a seed.
pub(super) const SEED: usize = 32;

impl Secret {
    /// How a secret goes, and the bytes that do.
    pub(super) fn apart(format: Format, secret: &[u8]) -> (Self, Vec<u8>) {
        let seed = match format {
            Format::Three => None,
            Format::Four => SaltTree::seed_of_secret(secret),
        };
        match seed {
            Some(seed) => (Self::Seed, seed.to_vec()),
            None => (Self::Bytes(secret.len() as u64), secret.to_vec()),
        }
    }

    /// The number that says so: in format 3 how many bytes; since then 0 for none, 1 for a seed, and
    /// 1 more than how many bytes.
    pub(super) const fn number(self, format: Format) -> u64 {
        match (self, format) {
            (Self::Seed, _) => 1,
            (Self::Bytes(count), Format::Four) if count > 0 => count + 1,
            (Self::Bytes(count), _) => count,
        }
    }

    /// What a number says.
    pub(super) const fn of(format: Format, number: u64) -> Self {
        match (format, number) {
            (Format::Three, count) => Self::Bytes(count),
            (Format::Four, 0) => Self::Bytes(0),
            (Format::Four, 1) => Self::Seed,
            (Format::Four, number) => Self::Bytes(number - 1),
        }
    }

    /// How many bytes follow.
    pub(super) const fn bytes(self) -> u64 {
        match self {
            Self::Bytes(count) => count,
            Self::Seed => SEED as u64,
        }
    }

    /// The secret of the bytes that came.
    pub(super) fn whole(self, bytes: Vec<u8>) -> Vec<u8> {
        match (self, <[u8; SEED]>::try_from(bytes.as_slice())) {
            (Self::Seed, Ok(seed)) => SaltTree::secret_of_seed(&seed).to_vec(),
            _ => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_comes_back() {
        let whole = SaltTree::secret_of_seed(&[7; SEED]).to_vec();
        let mut punctured = SaltTree::new(&[7; SEED]);
        punctured.puncture(3);
        let punctured = punctured.encode_secret().to_vec();
        for secret in [Vec::new(), vec![9], vec![0; 36], vec![1; 32], whole.clone(), punctured] {
            for format in [Format::Three, Format::Four] {
                let (said, bytes) = Secret::apart(format, &secret);
                assert_eq!(said.bytes(), bytes.len() as u64);
                assert_eq!(Secret::of(format, said.number(format)), said);
                assert_eq!(said.whole(bytes), secret);
            }
        }
        let seed = (Secret::Seed, vec![7; SEED]);
        assert_eq!(Secret::apart(Format::Four, &whole), seed);
        assert_eq!(Secret::apart(Format::Three, &whole).1.len(), 36);
    }
}
