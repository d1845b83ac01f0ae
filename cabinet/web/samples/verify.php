<?php
// True where the message is Roadline's and not older than five minutes.
// $body is file_get_contents('php://input'); the headers are $_SERVER['HTTP_WEBHOOK_ID'] and so on.
function verify(string $secret, string $id, string $timestamp, string $signatures, string $body): bool {
    if (abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    $key = base64_decode(substr($secret, strlen('whsec_')));
    $ours = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $theirs) {
        if (hash_equals($ours, $theirs)) {
            return true;
        }
    }
    return false;
}
