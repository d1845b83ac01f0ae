package openvox

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// The box is set up, at SMS to HTTP, to push to our address with the names of the vendor's example:
//
//	http://ADDRESS/sms?num=${phonenumber}&port=${port}&portname=${portname}&message=${message}&time=${time}&imsi=${imsi}&status=${status}
//
// status is there in firmware that sends asynchronously: then the push is what became of a text of ours.

// mostPush bounds what is pushed, in octets.
const mostPush = 64 << 10

// hear takes one push, by GET or as a form.
func (d *driver) hear(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostPush)
	if err := r.ParseForm(); err != nil || r.Form.Get("num") == "" {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	l := d.line(r.Form.Get("port"), r.Form.Get("portname"))
	switch {
	case l == nil:
		http.Error(w, "no such port", http.StatusNotFound)
	case r.Form.Get("status") != "":
		l.pushed(r.Form.Get("num"), r.Form.Get("message"), r.Form.Get("status"))
	case !l.came(r.Form.Get("num"), r.Form.Get("message"), r.Form.Get("time"), r.Form.Get("imsi")):
		http.Error(w, "too many texts wait", http.StatusServiceUnavailable)
	}
}

// line is the line of a port, by the number or the name that the box gives.
func (d *driver) line(port, name string) *line {
	for _, l := range d.lines {
		if port == strconv.Itoa(l.span) || port == l.ID() || name == l.ID() {
			return l
		}
	}
	return nil
}

// came passes a text on, once; false: there is no room for it.
func (l *line) came(from, text, at, imsi string) bool {
	sum := sha256.Sum256([]byte(strings.Join([]string{strconv.Itoa(l.span), at, from, imsi, text}, "\n")))
	token := fmt.Sprintf("sms %x", sum[:16])
	if l.told.Stands(token) != gateway.Unknown {
		return true
	}
	l.told.Note(token, gateway.Passed)
	of := modem.Of{IMSI: strings.TrimSpace(imsi)} // the card may have left since
	if !l.Tell(modem.TextCame{Of: of, Token: token, From: from, Text: text, Sent: gateway.LocalTime(at)}) {
		l.told.Note(token, gateway.Unknown)
		return false
	}
	return true
}

// pushed takes what became of a text of ours: the one that goes to this number now, with these words where they are told.
func (l *line) pushed(to, text, status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.going == "" || !sameNumber(l.going, to) || text != "" && text != l.words {
		return
	}
	select {
	case l.went <- strings.ToLower(status):
	default:
	}
}

// Kept is documented at modem.Texter. The box forgets what it has pushed.
func (l *line) Kept(_ context.Context, token string) error {
	l.told.Note(token, gateway.Kept)
	return nil
}
