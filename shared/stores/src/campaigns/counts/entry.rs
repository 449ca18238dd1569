//! One entry of a counts item: its name, and its packed counts.

use domain::{
    batch::BATCH_RECIPIENTS,
    campaign::Counts,
    ids::BatchNumber,
    packed::{PackedError, Reader, write_varint},
};

/// The packed form: this byte, then the six counts as varints.
const VERSION: u8 = 1;

/// The counts with the longest packed form: each is the size of a full batch.
#[cfg(test)]
pub(super) const MOST: Counts = Counts {
    sent: BATCH_RECIPIENTS as i64,
    delivered: BATCH_RECIPIENTS as i64,
    undelivered: BATCH_RECIPIENTS as i64,
    failed: BATCH_RECIPIENTS as i64,
    unconfirmed: BATCH_RECIPIENTS as i64,
    cancelled: BATCH_RECIPIENTS as i64,
};

pub(super) fn name(batch: BatchNumber) -> String {
    format!("b{batch}")
}

pub(super) fn batch_of(name: &str) -> Option<BatchNumber> {
    name.strip_prefix('b')?.parse().ok()
}

pub(super) fn encode(
    Counts { sent, delivered, undelivered, failed, unconfirmed, cancelled }: &Counts,
) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    for count in [sent, delivered, undelivered, failed, unconfirmed, cancelled] {
        write_varint(&mut bytes, count.unsigned_abs());
    }
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> Result<Counts, PackedError> {
    let (&version, rest) = bytes.split_first().ok_or(PackedError::Truncated)?;
    if version != VERSION {
        return Err(PackedError::UnknownVersion(version));
    }
    let mut reader = Reader::over(rest);
    let mut count = || match reader.varint()? {
        count if count <= BATCH_RECIPIENTS as u64 => Ok(count as i64),
        _ => Err(PackedError::Corrupt),
    };
    let counts = Counts {
        sent: count()?,
        delivered: count()?,
        undelivered: count()?,
        failed: count()?,
        unconfirmed: count()?,
        cancelled: count()?,
    };
    reader.finish().map(|()| counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_they_were_written() {
        let every =
            Counts { sent: 300, delivered: 5, undelivered: 128, failed: 127, unconfirmed: 1, cancelled: 2 };
        for counts in [every, MOST, Counts::default()] {
            assert_eq!(decode(&encode(&counts)), Ok(counts));
        }
    }

    #[test]
    fn a_cut_a_newer_or_a_longer_entry_is_refused() {
        let bytes = encode(&Counts { sent: 300, ..Counts::default() });
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), Err(PackedError::Truncated), "{cut}");
        }
        assert_eq!(decode(&[2, 0]), Err(PackedError::UnknownVersion(2)));
        assert_eq!(decode(&[&bytes[..], &[0]].concat()), Err(PackedError::Corrupt));
    }

    #[test]
    fn more_than_a_batch_holds_is_damage() {
        assert_eq!(decode(&encode(&Counts { sent: MOST.sent + 1, ..MOST })), Err(PackedError::Corrupt));
        // Found by fuzzing: the sum of two such counts overflows.
        let damaged = [&[VERSION][..], &[255; 9], &[1], &[0; 5]].concat();
        assert_eq!(decode(&damaged), Err(PackedError::Corrupt));
    }

    #[test]
    fn damaged_counts_are_a_batchs_or_are_refused() {
        let counts = Counts { sent: 300, delivered: 5, failed: 127, ..Counts::default() };
        let seeds = vec![encode(&counts), encode(&MOST)];
        fuzzing::play(1_000, &fuzzing::inputs(seeds), |fuzzing::Input(bytes)| {
            let Ok(counts) = decode(&bytes) else { return Ok(()) };
            assert_eq!(decode(&encode(&counts)).as_ref(), Ok(&counts));
            assert!(counts.sent <= MOST.sent && counts.cancelled <= MOST.cancelled);
            Ok(())
        });
    }
}
