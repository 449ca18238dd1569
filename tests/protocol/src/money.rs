//! Compares the money of a closed batch with what happened at the providers.

use domain::{
    batch::RecipientBatch,
    delivery::DeliveryStatus,
    journal::Progress,
    money::Money,
    msisdn::Msisdn,
    packed,
    settlement::Tally,
    tariff::{Price, Tariff},
    text::SegmentCount,
};

use crate::state::{Fate, Settled, State};

const SETTLED: &str = "what is charged or held is what was taken or is unknown";

/// The first phone number. The others follow; each has a prefix of its own, and so a price of its own.
const FIRST: u64 = 254_700_000_000;

/// The money of the batch by the domain's tally. The recipients cost 1, 2 and 4, so that a sum names its recipients.
pub fn settled(progress: &Progress) -> Settled {
    let numbers: Vec<Msisdn> = (FIRST..)
        .take(progress.slots().len())
        .map(|number| Msisdn::from_digits(number).expect("a number"))
        .collect();
    let price = |(slot, number): (usize, &Msisdn)| Price {
        prefix: number.as_u64().to_string(),
        per_segment: Money::from_ten_thousandths(1 << slot),
    };
    let tariff = Tariff::new(numbers.iter().enumerate().map(price).collect()).expect("a tariff");
    let plan = RecipientBatch::unpack(0, &packed::pack(&numbers)).expect("a plan");
    let statuses: Vec<DeliveryStatus> = progress.slots().iter().map(|slot| slot.status).collect();
    let tally = Tally::of_batch(&plan, &statuses, tariff.message(SegmentCount::ONE)).expect("a tally");
    let bits = |money: Money| money.ten_thousandths() as u8;
    Settled { charged: bits(tally.charged), released: bits(tally.released), held: bits(tally.held) }
}

/// The promise about money that a state breaks.
pub fn broken(state: &State, recipients: usize) -> Option<&'static str> {
    let Settled { charged, released, held } = state.settled?;
    let of = |fate| {
        (0..).zip(state.fates).filter(|(_, other)| *other == fate).map(|(slot, _)| 1 << slot).sum::<u8>()
    };
    let (taken, unheard) = (of(Fate::Taken), of(Fate::Unheard));
    let is_all = charged + released + held == (1 << recipients) - 1;
    let is_right = is_all && charged & !taken == 0 && (taken | unheard) & released == 0;
    (!is_right).then_some(SETTLED)
}
