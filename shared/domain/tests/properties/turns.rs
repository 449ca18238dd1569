//! Workers that share an account's turns, in virtual time: the segments of each second, and how campaigns share them.

use std::collections::BTreeMap;

use domain::{
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    pacing::{AccountTurns, LONGEST_WAIT, Pace, Turn, TurnRequest},
    sender_id::SenderId,
    timestamp::{Millis, Timestamp},
};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const RATE: u32 = 100;
/// The rate of a sender that has its own.
const SENDER_RATE: u32 = 5;
const BATCH: usize = 1_000;
/// Recipients of a call.
const GROUP: usize = 100;
/// Time of a claim and a check, a call, and the pause of an empty queue.
const LOOK: i64 = 20;
const CALL: i64 = 150;
const POLL: i64 = 50;

/// A campaign of an organisation, by their numbers.
pub fn campaign_of(organisation: u64, campaign: u64) -> CampaignKey {
    let organisation = OrganisationId(uuid::Uuid::from_u128(u128::from(organisation) + 1));
    CampaignKey { organisation, campaign: CampaignId::new(campaign + 1).unwrap() }
}

/// Whether a campaign is one of the first three, which share a sender.
fn has_sender(campaign: CampaignKey) -> bool {
    campaign.number() <= 3
}

/// A batch in the queue.
#[derive(Clone, Copy, Debug)]
struct Batch {
    campaign: CampaignKey,
    small: bool,
    queued: usize,
    visible_at: i64,
}

/// The next step of a worker.
#[derive(Clone, Copy, Debug)]
enum Next {
    Receive,
    Ask(Batch),
    HandOver(Batch, usize),
}

/// A worker, and the time of its next step.
#[derive(Clone, Copy, Debug)]
struct Worker {
    serves_small: bool,
    at: i64,
    next: Next,
}

/// Segments that were handed over: when, of which campaign, how many.
type HandedOver = Vec<(i64, CampaignKey, u32)>;

struct Simulation {
    turns: AccountTurns,
    segments: u8,
    queue: Vec<Batch>,
    workers: Vec<Worker>,
    /// The sender of the first campaigns, which has a rate of its own.
    sender: Option<SenderId>,
    handed_over: HandedOver,
    waited: i64,
    jitter: u32,
}

impl Simulation {
    fn new(large: usize, small: usize, segments: u8) -> Self {
        let worker = |serves_small| Worker { serves_small, at: 0, next: Next::Receive };
        let workers = (0..large).map(|_| worker(false)).chain((0..small).map(|_| worker(true))).collect();
        let turns = AccountTurns::default();
        Self {
            turns,
            segments,
            queue: Vec::new(),
            workers,
            sender: None,
            handed_over: Vec::new(),
            waited: 0,
            jitter: 1,
        }
    }

    fn sender_of(&self, campaign: CampaignKey) -> Option<(&SenderId, Pace)> {
        let sender = self.sender.as_ref().filter(|_| has_sender(campaign))?;
        Some((sender, Pace::per_second(SENDER_RATE)?))
    }

    fn accept(&mut self, campaign: CampaignKey, recipients: usize, at: i64) {
        let small = recipients <= 100;
        for begins in (0..recipients).step_by(BATCH) {
            let queued = BATCH.min(recipients - begins);
            self.queue.push(Batch { campaign, small, queued, visible_at: at });
        }
    }

    fn run(&mut self, until: i64) {
        loop {
            let next = (0..self.workers.len()).min_by_key(|place| self.workers[*place].at).unwrap();
            if self.workers[next].at >= until {
                return;
            }
            self.step(next);
        }
    }

    fn step(&mut self, place: usize) {
        let Worker { serves_small, at, next } = self.workers[place];
        let (after, next) = match next {
            Next::Receive => match self.receive(serves_small, at) {
                Some(batch) => (LOOK, Next::Ask(batch)),
                None => (POLL, Next::Receive),
            },
            Next::Ask(batch) => self.ask(batch, at),
            Next::HandOver(batch, recipients) => {
                self.handed_over.push((at, batch.campaign, recipients as u32 * u32::from(self.segments)));
                let queued = batch.queued - recipients;
                (CALL, if queued > 0 { Next::Ask(Batch { queued, ..batch }) } else { Next::Receive })
            }
        };
        self.workers[place] = Worker { serves_small, at: at + after, next };
    }

    fn receive(&mut self, small: bool, at: i64) -> Option<Batch> {
        let visible = |batch: &Batch| batch.small == small && batch.visible_at <= at;
        let oldest = (0..self.queue.len()).filter(|place| visible(&self.queue[*place]));
        let oldest = oldest.min_by_key(|place| self.queue[*place].visible_at)?;
        Some(self.queue.remove(oldest))
    }

    /// Open batches of a campaign; no worker holds the asker's own at that moment.
    fn open_batches(&self, campaign: CampaignKey) -> usize {
        let in_hand = self.workers.iter().filter(|worker| match worker.next {
            Next::Receive => false,
            Next::Ask(batch) | Next::HandOver(batch, _) => batch.campaign == campaign,
        });
        in_hand.count() + self.queue.iter().filter(|batch| batch.campaign == campaign).count()
    }

    /// Asks for a turn; returns the next step and the time until it.
    fn ask(&mut self, batch: Batch, at: i64) -> (i64, Next) {
        self.jitter = self.jitter.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let request = TurnRequest {
            pace: Pace::per_second(RATE),
            sender: self.sender_of(batch.campaign),
            campaign: batch.campaign,
            small: batch.small,
            open_batches: self.open_batches(batch.campaign) as u32,
            queued: batch.queued,
            recipients: batch.queued.min(GROUP),
            segments: self.segments,
            last_resort: false,
            longest_wait: LONGEST_WAIT,
            jitter: self.jitter,
            now: START.plus(Millis(at)),
        };
        let (turn, turns) = self.turns.take_turn(&request);
        self.turns = turns;
        match turn {
            Turn::Go { wait, recipients } => {
                assert!(wait <= LONGEST_WAIT);
                self.waited += wait.0;
                (wait.0, Next::HandOver(batch, recipients))
            }
            Turn::Later(wait) => {
                // Queues count in seconds.
                self.queue.push(Batch { visible_at: at + wait.secs_rounded_up() * 1_000, ..batch });
                (LOOK, Next::Receive)
            }
            Turn::Probe(_) | Turn::InDoubt(_) | Turn::Faulty(_) => unreachable!("the account is trusted"),
        }
    }

    /// The most segments of any second, wherever it begins.
    fn most_of_a_second(&self) -> u32 {
        self.most_of_a_second_of(|_| true)
    }

    fn most_of_a_second_of(&self, is_counted: impl Fn(CampaignKey) -> bool) -> u32 {
        let counted = self.handed_over.iter().filter(|(_, campaign, _)| is_counted(*campaign));
        let mut at: Vec<_> = counted.map(|(at, _, segments)| (*at, *segments)).collect();
        at.sort_unstable();
        let second = |begins: i64| at.iter().filter(move |(at, _)| (begins..begins + 999).contains(at));
        at.iter().map(|(begins, _)| second(*begins).map(|(_, segments)| segments).sum()).max().unwrap_or(0)
    }

    /// The segments of each campaign from an instant on.
    fn segments_of(&self, begins: i64) -> BTreeMap<CampaignKey, u32> {
        let mut sums = BTreeMap::new();
        for (_, campaign, segments) in self.handed_over.iter().filter(|(at, ..)| *at >= begins) {
            *sums.entry(*campaign).or_default() += segments;
        }
        sums
    }

    fn last_of(&self, campaign: CampaignKey) -> i64 {
        let own = self.handed_over.iter().filter(|(_, other, _)| *other == campaign);
        own.map(|(at, ..)| *at).max().unwrap()
    }
}

const MINUTE: i64 = 60_000;

#[test]
fn eight_workers_use_the_whole_rate_and_never_exceed_it_with_texts_of_one_and_ten_segments() {
    for segments in [1, 10] {
        let mut simulation = Simulation::new(8, 0, segments);
        simulation.accept(campaign_of(0, 0), 100_000, 0);
        simulation.run(MINUTE);
        let sum: u32 = simulation.segments_of(0).values().sum();
        let (most, average) = (simulation.most_of_a_second(), f64::from(sum) / 60.0);
        // An invocation of 256 MB on ARM: USD 0.0000133334 for a GB-second.
        let dollars = simulation.waited as f64 / 1e3 * 0.25 * 0.000_013_333_4 * 1e6 / f64::from(sum);
        println!(
            "{segments} segments: most {most}, average {average:.1}, waiting USD {dollars:.3} a million"
        );
        assert!(most <= RATE, "{most}");
        assert!(average >= 95.0, "{average}");
        assert!(dollars <= 0.05, "{dollars}");
    }
}

#[test]
fn a_hundred_recipients_behind_a_hundred_thousand_take_less_than_five_seconds() {
    for (organisation, begins) in [(0, 30_000), (1, 30_333), (1, 45_777)] {
        let mut simulation = Simulation::new(6, 2, 1);
        let small = campaign_of(organisation, 1);
        simulation.accept(campaign_of(0, 0), 100_000, 0);
        simulation.accept(small, 100, begins);
        simulation.run(MINUTE);
        let took = simulation.last_of(small) - begins;
        println!("100 behind 100,000: {took} ms");
        assert!(took < 5_000, "{took}");
        assert!(simulation.most_of_a_second() <= RATE);
    }
}

#[test]
fn ten_campaigns_have_a_tenth_each() {
    let mut simulation = Simulation::new(8, 0, 1);
    for campaign in 0..10 {
        simulation.accept(campaign_of(0, campaign), 10_000, 0);
    }
    simulation.run(3 * MINUTE);
    let shares = simulation.segments_of(MINUTE);
    let sum: u32 = shares.values().sum();
    println!("shares of ten campaigns: {:?}", shares.values().collect::<Vec<_>>());
    assert!(f64::from(sum) / 120.0 >= 95.0 && simulation.most_of_a_second() <= RATE, "{sum}");
    for (campaign, share) in &shares {
        let part = f64::from(*share) * 10.0 / f64::from(sum);
        assert!((0.8..=1.2).contains(&part), "{campaign:?} {part} of {shares:?}");
    }
    assert_eq!(shares.len(), 10);
}

#[test]
fn a_sender_keeps_its_own_rate_and_takes_nothing_from_the_others() {
    let mut simulation = Simulation::new(8, 0, 1);
    simulation.sender = Some(SenderId::parse("+15005550006").unwrap());
    for campaign in 0..6 {
        simulation.accept(campaign_of(campaign % 2, campaign), 10_000, 0);
    }
    simulation.run(3 * MINUTE);
    let shares = simulation.segments_of(MINUTE);
    let of = |is_counted: fn(CampaignKey) -> bool| -> f64 {
        let counted = shares.iter().filter(|(campaign, _)| is_counted(**campaign));
        f64::from(counted.map(|(_, share)| *share).sum::<u32>()) / 120.0
    };
    let (own, all) = (of(has_sender), of(|_| true));
    let most = (simulation.most_of_a_second_of(has_sender), simulation.most_of_a_second());
    println!("a sender of {SENDER_RATE} a second: average {own:.1}; all senders: {all:.1}; most {most:?}");
    assert!(most.0 <= SENDER_RATE && most.1 <= RATE, "{most:?}");
    assert!(own >= 2.5 && all >= 90.0, "{own} {all}");
    assert_eq!(shares.len(), 6, "each campaign has turns: {shares:?}");
}

#[test]
fn organisations_get_equal_shares_however_many_campaigns_they_have() {
    let mut simulation = Simulation::new(8, 0, 1);
    for campaign in 0..9 {
        simulation.accept(campaign_of(0, campaign), 10_000, 0);
    }
    simulation.accept(campaign_of(1, 0), 10_000, 0);
    simulation.run(2 * MINUTE);
    let shares = simulation.segments_of(MINUTE);
    let sum: u32 = shares.values().sum();
    let part = f64::from(shares[&campaign_of(1, 0)]) / f64::from(sum);
    println!("one campaign beside nine of another organisation: {:.0} %", part * 100.0);
    assert!(part >= 0.3, "{part}");
}
