package openvox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// Bounds of a text that goes, in octets, and of an answer. The papers name no bound of a text; an address of 4 KiB is what
// small web servers take.
const (
	mostText   = 1200
	mostAnswer = 64 << 10
)

// SendText is documented at gateway.Control. The order is given once, and once only: see the transport in open. The box
// says of no text how far its parts came, and gives no reference.
func (l *line) SendText(ctx context.Context, to, text string) (reference byte, err error) {
	if len(text) > mostText {
		return 0, cause.Errorf(cause.Invalid, "a text of %d octets: an OpenVox is given %d", len(text), mostText)
	}
	parts, _, err := pdu.Compose(pdu.Text{To: to, Text: text})
	if err != nil {
		return 0, err
	}
	ctx, over := context.WithTimeout(ctx, l.d.o.Timing.Send)
	defer over()
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return 0, cause.Errorf(cause.NoRoom, "line %s is at another text: %w", l.ID(), ctx.Err())
	}
	defer func() { <-l.turn }()
	id, err := l.d.o.Book.Next()
	if err != nil {
		return 0, err
	}
	went := l.goes(to, text)
	defer l.goes("", "")
	result, err := l.submit(ctx, to, text, strconv.FormatInt(id, 10))
	switch {
	case ami.IsUnsent(err):
		return 0, err
	case err != nil:
		return 0, gateway.Unsure("what became of the text: %w", err)
	}
	return 0, l.outcome(ctx, result, len(parts), went)
}

// goes notes where a text goes to; what the box pushes of it comes back.
func (l *line) goes(to, text string) <-chan string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.going, l.words, l.went = to, text, make(chan string, 1)
	return l.went
}

// outcome reads a result; what the box is at still it pushes later.
func (l *line) outcome(ctx context.Context, result string, parts int, went <-chan string) error {
	for {
		switch result {
		case "success":
			return nil
		case "fail":
			if parts > 1 {
				return gateway.Unsure("the network did not take all %d parts of the text", parts)
			}
			return &modem.SendError{Err: cause.Errorf(cause.Unavailable, "the network did not take the text")}
		case "sending", "timeout":
		default:
			return gateway.Unsure("the gateway says %q of the text", result)
		}
		select {
		case result = <-went:
		case <-ctx.Done():
			return gateway.Unsure("the gateway did not say in time what became of the text: %w", ctx.Err())
		}
	}
}

// longest is the time-out that the box is given for a text, in whichever unit it takes it: our own ends before.
const longest = 120 * time.Second

// submit orders a text, and is the result that the answer has for it.
func (l *line) submit(ctx context.Context, to, text, id string) (result string, err error) {
	query := url.Values{
		"username": {l.d.o.User}, "password": {l.d.o.Secret}, "phonenumber": {to}, "message": {text}, "port": {l.ID()}, "report": {"JSON"},
		"timeout": {strconv.FormatInt(longest.Milliseconds(), 10)}, "id": {id},
	}
	ctx, reached := gateway.Reached(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.d.base+"/sendsms?"+query.Encode(), http.NoBody)
	if err != nil {
		return "", ami.Unsent{Err: cause.Errorf(cause.Invalid, "send a text: %w", err)}
	}
	res, err := l.d.client.Do(req)
	if err != nil {
		if err = unaddressed(err); !reached() { // it is away, or has another certificate
			return "", ami.Unsent{Err: err}
		}
		return "", err
	}
	defer func() { _ = res.Body.Close() }() // it was read
	said, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return "", ami.Unsent{Err: cause.Errorf(cause.Denied, "the gateway does not let %s send texts", l.d.o.User)}
	case err != nil:
		return "", cause.Errorf(cause.Unavailable, "send a text: %w", err)
	case res.StatusCode != http.StatusOK:
		return "", cause.Errorf(cause.Unavailable, "send a text: the gateway answers %s", res.Status)
	}
	result, ok := record(string(said), to, id)
	if !ok {
		return "", cause.Errorf(cause.Unavailable, "send a text: the gateway's answer is not understood")
	}
	return result, nil
}

// unaddressed takes the address out of an error, since the password is in it.
func unaddressed(err error) error {
	if in, ok := errors.AsType[*url.Error](err); ok {
		err = in.Err
	}
	return cause.Errorf(cause.Unavailable, "send a text: %w", err)
}

// pair is a field of a record. None of them can hold a quote.
var pair = regexp.MustCompile(`"(port|phonenumber|time|id|result)"\s*:\s*"([^"]*)"`)

// record finds the result of a text in an answer. The answer begins with the text, maybe not escaped, and the papers' JSON
// has commas too many, so that only the fields after it are read; none of them can say "report".
func record(answer, to, id string) (result string, ok bool) {
	at := strings.LastIndex(answer, `"report"`)
	if at < 0 {
		return "", false
	}
	fields := map[string]string{}
	for _, f := range pair.FindAllStringSubmatch(answer[at:], -1) {
		if f[1] == "port" { // the first of each record
			clear(fields)
		}
		fields[f[1]] = f[2]
		if f[1] == "result" && fields["id"] == id && sameNumber(fields["phonenumber"], to) {
			return f[2], true
		}
	}
	return "", false
}

// sameNumber compares numbers of which one may have lost its plus.
func sameNumber(a, b string) bool { return strings.TrimPrefix(a, "+") == strings.TrimPrefix(b, "+") }
