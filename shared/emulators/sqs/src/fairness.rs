//! Which of the visible messages a receive takes: fair queues, as a pure rule.
//!
//! A message group is a tenant. SQS serves quiet tenants first when a noisy one fills the queue
//! (Developer Guide, "Amazon SQS fair queues"); here that is made exact: each next message comes
//! from the group with the fewest messages in flight, the oldest first among equals. Messages
//! without a group are one group of their own.

/// A message that may be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Visible {
    /// When it became visible, in milliseconds since the epoch.
    pub(crate) since_ms: i64,
    /// The key in the store, in the order of sending.
    pub(crate) sequence: i64,
}

/// A group's messages in flight and its oldest visible messages, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct GroupWindow {
    pub(crate) in_flight: usize,
    pub(crate) visible: Vec<Visible>,
}

/// The sequences of up to `limit` messages, in the order in which they are taken.
///
/// The n-th message of a group is taken when n others of it have been added to its load, so
/// sorting by (load, age) is the same as taking greedily one by one.
pub(crate) fn pick(groups: &[GroupWindow], limit: usize) -> Vec<i64> {
    let mut ranked: Vec<(usize, Visible)> = groups.iter().flat_map(by_load).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(limit).map(|(_, message)| message.sequence).collect()
}

fn by_load(group: &GroupWindow) -> impl Iterator<Item = (usize, Visible)> + '_ {
    group.visible.iter().enumerate().map(|(nth, message)| (group.in_flight + nth, *message))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(in_flight: usize, sequences: &[i64]) -> GroupWindow {
        let visible = sequences.iter().map(|&sequence| Visible { since_ms: sequence, sequence }).collect();
        GroupWindow { in_flight, visible }
    }

    /// The rule as the service words it: one by one, from the least loaded group.
    fn pick_one_by_one(mut groups: Vec<GroupWindow>, limit: usize) -> Vec<i64> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let least = groups
                .iter_mut()
                .filter(|group| !group.visible.is_empty())
                .min_by_key(|group| (group.in_flight, group.visible[0]));
            let Some(group) = least else { break };
            taken.push(group.visible.remove(0).sequence);
            group.in_flight += 1;
        }
        taken
    }

    #[test]
    fn a_small_group_does_not_wait_behind_a_large_one() {
        let groups = [window(5, &[1, 2, 3]), window(0, &[90])];
        assert_eq!(pick(&groups, 2), [90, 1]);
    }

    #[test]
    fn one_group_is_taken_in_the_order_of_its_age() {
        assert_eq!(pick(&[window(7, &[3, 5, 8])], 10), [3, 5, 8]);
    }

    proptest! {
        #[test]
        fn sorting_gives_the_same_order_as_a_greedy_choice(
            shape in prop::collection::vec((0_usize..6, 0_usize..12), 0..6),
            limit in 1_usize..=10,
        ) {
            let total: usize = shape.iter().map(|(_, count)| count).sum();
            let mut sequences = 0..i64::try_from(total)?;
            let groups: Vec<GroupWindow> = shape
                .iter()
                .map(|&(in_flight, count)| window(in_flight, &sequences.by_ref().take(count).collect::<Vec<_>>()))
                .collect();
            prop_assert_eq!(pick(&groups, limit), pick_one_by_one(groups, limit));
        }
    }
}
