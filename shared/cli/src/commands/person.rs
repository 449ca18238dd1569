//! `person`: shows and erases the data that an organisation has of a person.

use std::path::Path;

use domain::{
    msisdn::Msisdn,
    opt_out::OptOutOrigin,
    organisation::Organisation,
    timestamp::{Millis, Timestamp},
};
use numbering::{HomeCountry, NumberReader};
use platform::clock::Clock;
use serde_json::{Value, json};
use stores::{
    accounts::opt_outs::RemovedOptOut,
    books::{Book, Contact},
};

use super::organisations::known;
use crate::{
    CliError,
    args::{Deployment, PersonArgs, PersonCommand},
    operator::{Person, PersonMessage, erase_person, find_person},
    output::Output,
    target::Target,
};

/// How far point-in-time recovery can go back (`template.yaml` enables it): DynamoDB's limit.
const BACKUP_DAYS: i64 = 35;

pub(super) async fn person(command: PersonCommand, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    match command {
        PersonCommand::Export(PersonArgs { phone, organisation }) => {
            let organisation = known(&stores, &organisation).await?;
            let number = number(&phone, &organisation)?;
            let found = find_person(&stores, &organisation, number).await?;
            let document = document(&organisation, number, &found);
            Ok(Output::new(format_args!("{document:#}"), document.clone()))
        }
        PersonCommand::Erase { person: PersonArgs { phone, organisation }, reason } => {
            let organisation = known(&stores, &organisation).await?;
            let (number, now) = (number(&phone, &organisation)?, Clock::machine().now());
            let erased = erase_person(&stores, &organisation, number, reason.as_deref(), now).await?;
            let backups_until = now.plus(Millis::from_hours(24 * BACKUP_DAYS)).rfc3339(organisation.offset);
            let text = format!(
                "{} contacts and the number of {} messages are erased, and that of {} sends that were not accepted; the \
                 opt-out stays.\nBackups of the tables \
                 (point-in-time recovery) reach back {BACKUP_DAYS} days: the last that has the number is gone by \
                 {backups_until}.",
                erased.contacts, erased.messages, erased.unaccepted_sends,
            );
            let document = json!({
                "organisation_id": organisation.id,
                "erased_at": erased.erased_at.rfc3339(organisation.offset),
                "contacts": erased.contacts,
                "messages": erased.messages,
                "unaccepted_sends": erased.unaccepted_sends,
                "reason": erased.reason,
                "backup_days": BACKUP_DAYS,
                "in_backups_until": backups_until,
            });
            Ok(Output::new(text, document))
        }
    }
}

fn number(phone: &str, organisation: &Organisation) -> Result<Msisdn, CliError> {
    let home = HomeCountry::parse(&organisation.home_country).map_err(|_| CliError::NotANumber)?;
    let reader = NumberReader::new(home, &organisation.tariff);
    reader.read(phone).map(|phone| phone.number).map_err(|_| CliError::NotANumber)
}

fn document(organisation: &Organisation, number: Msisdn, person: &Person) -> Value {
    let contacts = |of: &[(Book, Contact)]| -> Vec<Value> {
        of.iter().map(|found| contact(organisation, found)).collect()
    };
    let messages: Vec<Value> = person.messages.iter().map(|found| message(organisation, found)).collect();
    let removals: Vec<Value> = person.removals.iter().map(|found| removal(organisation, found)).collect();
    json!({
        "phone": number.e164(),
        "organisation_id": organisation.id,
        "contacts": contacts(&person.contacts),
        "contacts_of_deleted_books": contacts(&person.deleted_contacts),
        "opt_out": person.opt_out.as_ref().map(|opt_out| origin(organisation, &opt_out.origin)),
        "removed_opt_outs": removals,
        "messages": messages,
        "unaccepted_sends": person.unaccepted.iter().map(|batch| batch.campaign.number()).collect::<Vec<_>>(),
    })
}

fn contact(organisation: &Organisation, (book, contact): &(Book, Contact)) -> Value {
    json!({
        "address_book": {"id": book.id, "name": book.name},
        "id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email,
        "notes": contact.notes,
        "created_at": contact.created_at.rfc3339(organisation.offset),
        "updated_at": contact.updated_at.rfc3339(organisation.offset),
    })
}

fn origin(organisation: &Organisation, origin: &OptOutOrigin) -> Value {
    json!({
        "source": origin.source().as_str(),
        "sender_id": origin.sender().map(|sender| sender.as_str()),
        "created_at": origin.at().rfc3339(organisation.offset),
    })
}

fn removal(organisation: &Organisation, removal: &RemovedOptOut) -> Value {
    json!({"key_id": removal.key, "removed_at": removal.removed_at.rfc3339(organisation.offset)})
}

fn message(organisation: &Organisation, message: &PersonMessage) -> Value {
    let PersonMessage { header, text, record, slot } = message;
    let state = record.progress.slots().get(usize::from(*slot));
    let time = |at: Timestamp| at.rfc3339(organisation.offset);
    json!({
        "campaign_id": header.key.number(),
        "id": header.key.batch(record.plan.number()).message(*slot).to_uuid(),
        "sender_id": header.sender.as_str(),
        "message": text.as_ref().map(|text| text.message.as_str()),
        "group_names": text.as_ref().map(|text| &text.group_names),
        "status": record.status(*slot).map(|status| status.as_str()),
        "provider_account": state.and_then(|state| state.account),
        "provider_message_id": state.and_then(|state| state.provider_message_id.as_deref()),
        "created_at": time(header.created_at),
        "updated_at": state.and_then(|state| state.since).map(time),
        "kept_until": time(header.kept_until),
    })
}
