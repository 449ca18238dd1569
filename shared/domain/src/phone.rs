//! A contact's phone: its number, and the type of its line.

use crate::msisdn::Msisdn;

/// The type of a line by its numbering plan. Found once, when the number is stored (crate `numbering`): a send reads
/// from the roster whether the line can get texts, and needs no numbering plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum LineType {
    #[default]
    Mobile,
    /// A fixed line or a mobile phone: the numbering plan does not distinguish them, as in the United States.
    FixedLineOrMobile,
    /// A phone on the internet.
    Voip,
    /// A number that leads to whichever phone its owner chooses.
    Personal,
    FixedLine,
    /// A number that is free to call.
    TollFree,
    /// A number that the caller pays more for.
    PremiumRate,
    SharedCost,
    Pager,
    /// A company's number, which leads to its offices.
    Company,
    /// A mailbox for voice messages.
    Voicemail,
}

/// A number and the type of its line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Phone {
    pub number: Msisdn,
    pub line: LineType,
}

impl Phone {
    /// A phone whose type is mobile.
    pub const fn mobile(number: Msisdn) -> Self {
        Self { number, line: LineType::Mobile }
    }

    /// A phone whose type is landline.
    pub const fn fixed_line(number: Msisdn) -> Self {
        Self { number, line: LineType::FixedLine }
    }
}

impl LineType {
    pub const ALL: [Self; 11] = [
        Self::Mobile,
        Self::FixedLineOrMobile,
        Self::Voip,
        Self::Personal,
        Self::FixedLine,
        Self::TollFree,
        Self::PremiumRate,
        Self::SharedCost,
        Self::Pager,
        Self::Company,
        Self::Voicemail,
    ];

    /// Whether such a line can get a text.
    pub const fn gets_texts(self) -> bool {
        matches!(self, Self::Mobile | Self::FixedLineOrMobile | Self::Voip | Self::Personal)
    }

    /// The type as it is stored and shown to customers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::FixedLineOrMobile => "fixed_line_or_mobile",
            Self::Voip => "voip",
            Self::Personal => "personal",
            Self::FixedLine => "fixed_line",
            Self::TollFree => "toll_free",
            Self::PremiumRate => "premium_rate",
            Self::SharedCost => "shared_cost",
            Self::Pager => "pager",
            Self::Company => "company",
            Self::Voicemail => "voicemail",
        }
    }
}
