//! A decision of a worker: the facts it depends on, the choices that are explored, and the next step.

use domain::{
    campaign::CampaignStatus,
    dispatch::{HandOver, Unavailable},
};

use crate::{
    interned::Id,
    state::{ACCOUNTS, Worker},
};

/// The facts that a decision is explored for.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub hand_over: HandOver,
    /// Why each account is not available.
    pub accounts: [Option<Unavailable>; ACCOUNTS.len()],
}

/// Everything that a decision depends on: the key under which it is stored.
#[derive(PartialEq, Eq, Hash)]
pub struct Decision {
    pub worker: usize,
    pub view: Id,
    pub outcomes: Id,
    pub campaign: CampaignStatus,
    pub is_valid: bool,
}

/// The next step of a worker after a decision.
#[derive(Clone, Copy)]
pub enum Next {
    Leaves,
    Goes(Worker),
    Breaks,
}
