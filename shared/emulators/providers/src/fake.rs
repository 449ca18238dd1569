//! The fakes of real providers, each set up so that it takes every text and reports it delivered.

use std::{io, time::Duration};

use providers::{Kind, africastalking, aws, infobip, twilio};

use crate::{
    africastalking::FakeAfricasTalking, aws::FakeAws, infobip::FakeInfobip, served::serve, twilio::FakeTwilio,
};

const TWILIO_ACCOUNT: &str = "AC00000000000000000000000000000000";
/// Every fake's key or token: a fake reaches no phone, and only this machine reaches it.
const KEY: &str = "fake";
const CALLBACK_SECRET: &str = "fake-fake-fake-fake-fake-fake-fake";
/// Wait between a text and its events.
const PAUSE: Duration = Duration::from_millis(500);

/// A fake of a provider.
#[derive(Clone)]
pub enum Fake {
    AfricasTalking(FakeAfricasTalking),
    Aws(FakeAws),
    Infobip(FakeInfobip),
    Twilio(FakeTwilio),
}

/// The target of reports of a fake that gets no address with each text.
pub trait ReportsTo: Send + Sync {
    /// The address of the front, without a final slash.
    fn base_url(&self) -> &str;
    /// Puts events of AWS where the topic puts them; returns whether it succeeded.
    fn put_events(&self, events: Vec<String>) -> impl Future<Output = bool> + Send;
}

impl Fake {
    /// The fake of a kind; `None` if it has none.
    pub fn of(kind: &Kind) -> Option<Self> {
        [
            (&africastalking::KIND, Self::AfricasTalking(FakeAfricasTalking::new(KEY, KEY, &[]))),
            (&aws::KIND, Self::Aws(FakeAws::new("", &[]))),
            (&infobip::KIND, Self::Infobip(FakeInfobip::new(KEY, &[]))),
            (&twilio::KIND, Self::Twilio(FakeTwilio::new(TWILIO_ACCOUNT, KEY, &[]))),
        ]
        .into_iter()
        .find_map(|(known, fake)| (known == kind).then_some(fake))
    }

    /// Serves it on any free port; returns the variables of an account that uses it.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn serve(&self) -> io::Result<Vec<(&'static str, String)>> {
        let routes = match self {
            Self::AfricasTalking(fake) => fake.router(),
            Self::Aws(fake) => fake.router(),
            Self::Infobip(fake) => fake.router(),
            Self::Twilio(fake) => fake.router(),
        };
        let url = serve(routes).await?;
        let own = |name, value: &str| (name, value.to_owned());
        Ok(match self {
            Self::AfricasTalking(_) => vec![
                own("AFRICASTALKING_USERNAME", KEY),
                own("AFRICASTALKING_API_KEY", KEY),
                own("AFRICASTALKING_BASE_URL", &url),
                own("AFRICASTALKING_CALLBACK_SECRET", CALLBACK_SECRET),
            ],
            Self::Aws(_) => vec![own("AWS_CONFIGURATION_SET", KEY), own("AWS_BASE_URL", &url)],
            Self::Infobip(_) => vec![
                own("INFOBIP_API_KEY", KEY),
                own("INFOBIP_BASE_URL", &url),
                own("INFOBIP_CALLBACK_SECRET", CALLBACK_SECRET),
            ],
            Self::Twilio(_) => vec![
                own("TWILIO_ACCOUNT_SID", TWILIO_ACCOUNT),
                own("TWILIO_AUTH_TOKEN", KEY),
                own("TWILIO_BASE_URL", &url),
            ],
        })
    }

    /// Reports the outcome of its texts, shortly after each, until it is dropped.
    pub async fn report(&self, to: &impl ReportsTo) {
        match self {
            Self::AfricasTalking(fake) => {
                let path = format!("/v1/providers/{}/receipts/{CALLBACK_SECRET}/", africastalking::KIND.name);
                fake.report_to(&format!("{}{path}", to.base_url()));
                fake.outbox().deliver_continuously().await;
            }
            Self::Aws(fake) => loop {
                fake.event_due().await;
                tokio::time::sleep(PAUSE).await;
                if !to.put_events(fake.take_events()).await {
                    tracing::warn!("events of AWS were lost");
                }
            },
            Self::Infobip(fake) => fake.outbox().deliver_continuously().await,
            Self::Twilio(fake) => fake.outbox().deliver_continuously().await,
        }
    }
}
