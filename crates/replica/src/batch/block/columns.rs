//! The compression of a block, in both directions.

use std::sync::LazyLock;

use fieldpost_log::Malformed;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CParameter, DParameter, FrameFormat};

use super::super::{Coding, MOST_BYTES};

/// The number of the dictionary that is written with, and the only one that is read.
pub(super) const DICTIONARY: u8 = 1;

/// Text like that of messages in many languages; made by `scripts/build-dictionary`. Its bytes are
/// part of the format: another dictionary is another number.
static TEXT_1: &[u8] = include_bytes!("../../../dictionary/text-1.zdict");

/// How hard a block is compressed for a fast link.
const QUICK: i32 = 3;

/// How hard one is compressed that is too large for a stream.
const THOROUGH: i32 = 19;

static QUICKLY: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(TEXT_1, QUICK));

static THOROUGHLY: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(TEXT_1, THOROUGH));

static DECODER: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(TEXT_1));

/// Compresses columns with the dictionary.
pub(in crate::batch) fn compress(columns: &[u8], coding: Coding) -> std::io::Result<Vec<u8>> {
    let dictionary = match coding {
        Coding::Quick => &QUICKLY,
        Coding::Terse => &THOROUGHLY,
    };
    let mut compressor = Compressor::with_prepared_dictionary(dictionary)?;
    for parameter in [
        CParameter::Format(FrameFormat::Magicless),
        CParameter::ChecksumFlag(false),
        CParameter::ContentSizeFlag(false),
        CParameter::DictIdFlag(false),
    ] {
        compressor.set_parameter(parameter)?;
    }
    compressor.compress(columns)
}

/// The columns of a block, of which `length` is claimed.
pub(super) fn decompress(block: &[u8], length: usize) -> Result<Vec<u8>, Malformed> {
    if length > MOST_BYTES {
        return Err(Malformed::new("a batch too large"));
    }
    let malformed = |_| Malformed::new("a block that is not compressed");
    let mut decompressor = Decompressor::with_prepared_dictionary(&DECODER).map_err(malformed)?;
    decompressor.set_parameter(DParameter::Format(FrameFormat::Magicless)).map_err(malformed)?;
    let columns = decompressor.decompress(block, length).map_err(malformed)?;
    if columns.len() == length { Ok(columns) } else { Err(Malformed::new("length of a block")) }
}
