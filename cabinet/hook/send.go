package hook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/store"
)

// answer is what came of one try.
type answer struct {
	store.Try
	throttles  bool // the receiver, or what stands before it, is overloaded
	retryAfter time.Duration
}

// newClient returns the client for receivers: no proxy, no redirect, no cookie, and only to addresses that may be told.
func newClient(g Guard, authorities *x509.CertPool) *http.Client {
	dialer := &net.Dialer{ControlContext: g.control}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 2 * atOnce, MaxIdleConnsPerHost: 2,
			TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// tell tells a receiver of an event, once.
func (d *Desk) tell(ctx context.Context, c store.WebhookClaim, e store.WaitingEvent, at time.Time) answer {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, plainKey{}, strings.HasPrefix(c.URL, "http://")), d.o.Patience)
	defer cancel()
	a := answer{Try: store.Try{At: at}}
	req, err := request(ctx, c, e, at)
	if err != nil {
		a.Why = fmt.Sprintf("The request cannot be made: %v.", err)
		return a
	}
	a.Sent = headOf(req.Method+" "+shownURL(req.URL), req.Header)
	got, err := d.client.Do(req)
	if err != nil {
		a.Took, a.Why = d.o.Now().Sub(at), d.whyNot(err)
		return a
	}
	body, _ := io.ReadAll(io.LimitReader(got.Body, bodyMost)) // what is there of it is shown
	_ = got.Body.Close()
	a.Took, a.Status = d.o.Now().Sub(at), got.StatusCode
	a.Answered = headOf(got.Proto+" "+got.Status, got.Header) + "\n" + string(body)
	a.judgeStatus(got, at)
	return a
}

func request(ctx context.Context, c store.WebhookClaim, e store.WaitingEvent, at time.Time) (*http.Request, error) {
	body, err := json.Marshal(Message{N: e.N, Type: e.Type, Timestamp: e.At.UTC(), Data: e.Data})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	id := MessageID(c.Company, e.N)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "roadline-webhooks/1")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", signatures(c, id, at, body))
	return req, nil
}

// judgeStatus says whether an answer is a yes.
func (a *answer) judgeStatus(got *http.Response, at time.Time) {
	switch {
	case got.StatusCode >= 200 && got.StatusCode < 300:
		return
	case got.StatusCode >= 300 && got.StatusCode < 400:
		a.Why = fmt.Sprintf("It answered %s: redirects are not followed.", got.Status)
	default:
		a.Why = fmt.Sprintf("It answered %s.", got.Status)
	}
	a.retryAfter = retryAfter(got.Header.Get("Retry-After"), at)
	a.throttles = slices.Contains(throttling, got.StatusCode) || a.retryAfter > 0
}

// throttling are the statuses of a receiver that is overloaded: Standard Webhooks 1.0.0.
var throttling = []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout}

// retryAfter reads the header: seconds, or a moment (RFC 9110 §10.2.3). 0: it says nothing that can be read.
func retryAfter(text string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(s) * time.Second //nolint:gosec // 31 bits
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// whyNot says why no answer came. The URL, in which a secret may stand, is left out.
func (d *Desk) whyNot(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if refused, ok := errors.AsType[refusedAddress](err); ok {
		return refused.Error() + "."
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("No answer came within %v.", d.o.Patience)
	}
	return fmt.Sprintf("No answer came: %v.", err)
}

// headMost is how long a head is that is kept.
const headMost = 4 << 10

// headOf is a first line and headers, as they are shown.
func headOf(first string, h http.Header) string {
	var b strings.Builder
	b.WriteString(first + "\n")
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	if s := b.String(); len(s) > headMost {
		return s[:headMost] + "…\n"
	}
	return b.String()
}

// shownURL is an address without what may be secret in it: whoever made the receiver knows the rest.
func shownURL(u *url.URL) string {
	shown := u.Scheme + "://" + u.Host + u.EscapedPath()
	if u.RawQuery != "" {
		shown += "?…"
	}
	return shown
}
