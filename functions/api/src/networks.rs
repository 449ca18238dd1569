//! Names of mobile networks by the code that a delivery report gives.

/// The network's name, or the code itself if it is not listed.
///
/// Codes as Africa's Talking documents them (`networkCode` of its delivery reports): MCC and MNC, with
/// its own for virtual networks.
pub fn name(code: &str) -> &str {
    match code {
        "63902" => "Safaricom",
        "63903" => "Airtel Kenya",
        "63907" => "Telkom Kenya",
        "63999" => "Equitel",
        "62001" => "MTN Ghana",
        "62120" => "Airtel Nigeria",
        "62130" => "MTN Nigeria",
        "62150" => "Glo Nigeria",
        "62160" => "9mobile Nigeria",
        "63510" => "MTN Rwanda",
        "63514" => "Airtel Rwanda",
        "64002" => "Tigo Tanzania",
        "64004" => "Vodacom Tanzania",
        "64005" => "Airtel Tanzania",
        "64101" => "Airtel Uganda",
        "64110" => "MTN Uganda",
        "99999" => "Sandbox",
        other => other,
    }
}
