$apiKey = 'tk_live_xxxx';
 
// 1. Get address book IDs
$ch = curl_init('https://api.talkntalk.africa/v1/address-books/');
curl_setopt_array($ch, [CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => ["Authorization: Bearer {$apiKey}"]]);
$books    = json_decode(curl_exec($ch), true);
$groupIds = array_column($books['results'], 'id');
curl_close($ch);
 
// 2. Send campaign
$ch = curl_init('https://api.talkntalk.africa/v1/sms/send-group/');
curl_setopt_array($ch, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POST           => true,
    CURLOPT_HTTPHEADER     => ["Authorization: Bearer {$apiKey}", 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS     => json_encode([
        'group_ids' => $groupIds,
        'message'   => 'Hello! Your invoice is ready.',
        'sender_id' => 'TALKNTALK',
    ]),
]);
$campaign = json_decode(curl_exec($ch), true);
echo "Queued {$campaign['recipients_count']} messages | {$campaign['estimated_cost']}";
