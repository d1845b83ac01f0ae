import base64, hashlib, hmac, time


def verify(secret: str, headers: dict, body: bytes) -> bool:
    """True where the message is Roadline's and not older than five minutes."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sent, at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(at)) > 300:
        return False
    mac = hmac.new(key, f"{sent}.{at}.".encode() + body, hashlib.sha256).digest()
    ours = "v1," + base64.b64encode(mac).decode()
    return any(hmac.compare_digest(ours, theirs) for theirs in headers["webhook-signature"].split())
