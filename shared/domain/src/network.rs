//! Mobile networks by the code that delivery reports give them.

/// Mobile country code and mobile network code (ITU-T E.212) with the name that people know. Those of the countries that
/// Africa's Talking covers: the providers that report a network report it by this code. `99999` is no country's; the
/// sandbox reports it.
const NETWORKS: [(&str, &str); 17] = [
    ("62001", "MTN Ghana"),
    ("62120", "Airtel Nigeria"),
    ("62130", "MTN Nigeria"),
    ("62150", "Glo Nigeria"),
    ("62160", "9mobile Nigeria"),
    ("63510", "MTN Rwanda"),
    ("63514", "Airtel Rwanda"),
    ("63902", "Safaricom"),
    ("63903", "Airtel Kenya"),
    ("63907", "Telkom Kenya"),
    ("63999", "Equitel"),
    ("64002", "Tigo Tanzania"),
    ("64004", "Vodacom Tanzania"),
    ("64005", "Airtel Tanzania"),
    ("64101", "Airtel Uganda"),
    ("64110", "MTN Uganda"),
    ("99999", "Sandbox"),
];

/// The name of a network; the code itself if it is not listed.
pub fn name(code: &str) -> &str {
    let place = NETWORKS.binary_search_by_key(&code, |(known, _)| known).ok();
    place.and_then(|place| NETWORKS.get(place)).map_or(code, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_code_has_its_name_and_another_code_stays_as_it_is() {
        for (code, network) in NETWORKS {
            assert_eq!(name(code), network);
        }
        assert_eq!((name("26201"), name("")), ("26201", ""));
    }
}
