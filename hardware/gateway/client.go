package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"roadline/fmc/cause"
)

// Client is the way to a box that is asked by HTTP. It goes through no proxy and keeps few connections: boxes have room for
// few.
func (o Options) Client() (*http.Transport, error) {
	t := &http.Transport{MaxConnsPerHost: 4, MaxIdleConnsPerHost: 2, ResponseHeaderTimeout: o.Timing.Answer}
	if o.Certificate == "" {
		return t, nil
	}
	want, err := hex.DecodeString(o.Certificate)
	if err != nil || len(want) != sha256.Size {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: the SHA-256 of its certificate has 64 hexadecimal digits", o.Name)
	}
	t.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // the very certificate is wanted, which VerifyConnection sees to
		VerifyConnection: func(c tls.ConnectionState) error {
			if got := sha256.Sum256(c.PeerCertificates[0].Raw); !bytes.Equal(got[:], want) {
				return cause.Errorf(cause.Denied, "gateway %s: it has another certificate, with the SHA-256 %x", o.Name, got)
			}
			return nil
		},
	}
	return t, nil
}

// Reached has a request say whether it got a connection: where it did not, the box heard nothing of it. Of a request that is
// asked again, after a challenge, it says it of the last.
func Reached(ctx context.Context) (context.Context, func() bool) {
	var got atomic.Bool
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { got.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}), got.Load
}
