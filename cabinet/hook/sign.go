package hook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// Message is an event as it is told outside: the body of a webhook, and an entry of the stream of events.
type Message struct {
	N         int64           `json:"n"` // one higher than that of the company's event before it
	Type      fmc.EventType   `json:"type"`
	Timestamp time.Time       `json:"timestamp"` // when it happened
	Data      json.RawMessage `json:"data"`
}

// MessageID is the webhook-id of an event: the same at each try and to each receiver.
func MessageID(company fmc.CompanyID, n int64) string { return fmt.Sprintf("evt_%s_%d", company, n) }

// secretBytes is how long a secret is; Standard Webhooks wants 24 to 64.
const secretBytes = 32

// NewKeys makes what a receiver's messages are signed with, and what the receiver is to be given: with HMAC the secret,
// which is shown this once, with ed25519 the public key.
func NewKeys(scheme store.WebhookScheme) (keys store.WebhookKeys, shown string) {
	seed := make([]byte, secretBytes)
	_, _ = rand.Read(seed) // never fails
	keys.Secret = seed
	if scheme == store.WebhookEd25519 {
		public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		keys.Public = "whpk_" + base64.StdEncoding.EncodeToString(public)
		return keys, keys.Public
	}
	return keys, "whsec_" + base64.StdEncoding.EncodeToString(seed)
}

// signatures are those of a message by every secret that is valid now, as webhook-signature has them.
func signatures(c store.WebhookClaim, id string, at time.Time, body []byte) string {
	signed := fmt.Appendf(nil, "%s.%d.%s", id, at.Unix(), body)
	var all []string
	for _, secret := range [][]byte{c.Secret, c.Old} {
		switch {
		case secret == nil:
		case c.Scheme == store.WebhookEd25519:
			all = append(all, "v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(secret), signed)))
		default:
			mac := hmac.New(sha256.New, secret)
			_, _ = mac.Write(signed)
			all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		}
	}
	return strings.Join(all, " ")
}
