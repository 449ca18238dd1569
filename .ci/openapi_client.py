"""What a program does with the generated Python client: reads, a dry run, and a refusal that it can tell."""

import os

from sms_client import AuthenticatedClient
from sms_client.api.account import account, balance
from sms_client.api.address_books import list_address_books
from sms_client.api.campaigns import campaign_status, list_campaigns
from sms_client.api.sending import send_to_address_books
from sms_client.models import AddressBook, Campaign, Error, Estimate, SendGroup

client = AuthenticatedClient(base_url=os.environ["SMS_API_URL"], token=os.environ["SMS_API_KEY"])

who = account.sync(client=client)
assert who.key.mode.value == "live" and "sms:send" in who.key.scopes, who
books = list_address_books.sync(client=client)
assert all(isinstance(book, AddressBook) for book in books.results) and books.results, books
campaigns = list_campaigns.sync(client=client)
assert all(isinstance(campaign, Campaign) for campaign in campaigns.results) and campaigns.results, campaigns
before = balance.sync(client=client)
send = SendGroup(group_ids=[book.id for book in books.results], message="Hello!", dry_run=True)
estimate = send_to_address_books.sync(client=client, body=send)
assert isinstance(estimate, Estimate) and estimate.recipients_count > 0, estimate
assert balance.sync(client=client).available == before.available, "a dry run moves no money"
unknown = campaign_status.sync(campaign_id=999_999, client=client)
assert isinstance(unknown, Error) and unknown.code.value == "campaign_not_found", unknown
print(f"the Python client works: {estimate.recipients_count} people for {estimate.estimated_cost}")
