// 1. Get address book IDs
const books = await fetch('https://api.talkntalk.africa/v1/address-books/', {
  headers: { Authorization: 'Bearer tk_live_xxxx' },
}).then(r => r.json());
 
const groupIds = books.results.map(b => b.id); // or pick specific ones
 
// 2. Send to all books
const res = await fetch('https://api.talkntalk.africa/v1/sms/send-group/', {
  method:  'POST',
  headers: { Authorization: 'Bearer tk_live_xxxx', 'Content-Type': 'application/json' },
  body:    JSON.stringify({
    group_ids: groupIds,
    message:   'Hello! Your invoice is ready.',
    sender_id: 'TALKNTALK',
  }),
});
const campaign = await res.json();
console.log(`Queued ${campaign.recipients_count} messages — cost ${campaign.estimated_cost}`);
