import requests
 
API_KEY = 'tk_live_xxxx'
HEADERS = {'Authorization': f'Bearer {API_KEY}'}
 
# 1. Get address book IDs
books = requests.get('https://api.talkntalk.africa/v1/address-books/', headers=HEADERS).json()
group_ids = [b['id'] for b in books['results']]  # or filter by name
 
# 2. Send campaign
r = requests.post(
    'https://api.talkntalk.africa/v1/sms/send-group/',
    headers=HEADERS,
    json={
        'group_ids': group_ids,
        'message':   'Hello! Your invoice is ready.',
        'sender_id': 'TALKNTALK',
    },
)
campaign = r.json()
print(f"Queued {campaign['recipients_count']} messages | {campaign['estimated_cost']}")
