package cabinet_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/document"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// forwards asks about a card's forwarding, and returns what it is told.
func (d *desk) forwards(method, card, more string, body, into any) (status int, text string) {
	d.t.Helper()
	status, text = d.ask(method, "/v1/companies/acme/sims/"+card+"/forwarding"+more, body)
	if status == http.StatusOK && into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			d.t.Fatal(err)
		}
	}
	return status, text
}

func TestWhereACardsCallsGoIsChangedInTheDocumentAndInNothingElse(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	var x cabinet.ForwardingShown
	if d.forwards(http.MethodGet, cardOne, "", nil, &x); x.Wished || x.Own || len(x.Looks) != 0 {
		t.Errorf("%+v", x)
	}
	wish := cabinet.Forward{Busy: "8 495 123-45-67", NoReply: "+74951234567", Author: "a", Reason: "clients hear no busy tone"}
	var done document.Applied
	if status, text := d.forwards(http.MethodPut, cardOne, "", wish, &done); status != http.StatusOK || done.Generation != 2 {
		t.Fatalf("%d %s", status, text)
	}
	want := strings.Replace(cardsFile, `for: [calls, messages]}}`, `for: [calls, messages]}, forward: {busy: "+74951234567", no_reply: "+74951234567", after: 25s}}`, 1)
	if got := d.documentOf("acme"); got != want {
		t.Errorf("%s", got)
	}
	if d.forwards(http.MethodGet, cardOne, "", nil, &x); !x.Wished || !x.Own || x.Wish.Busy != "+74951234567" || x.Wish.After != 25 {
		t.Errorf("%+v", x)
	}
	for name, row := range map[string]struct {
		card   string
		change func(*cabinet.Forward)
		want   string
	}{
		"another's card":     {"8970101234567890149", func(*cabinet.Forward) {}, "urn:roadline:not-found"},
		"a stale base":       {cardOne, func(f *cabinet.Forward) { f.Base = 1 }, "urn:roadline:conflict"},
		"no reason":          {cardOne, func(f *cabinet.Forward) { f.Reason = "" }, "reason is missing"},
		"a number of others": {cardOne, func(f *cabinet.Forward) { f.Busy = "+79160000009" }, "is no number of the company"},
		"a card's number":    {cardOne, func(f *cabinet.Forward) { f.Busy = "+79160000002" }, "which takes one call at a time"},
		"a time of no steps": {cardOne, func(f *cabinet.Forward) { f.After = 27 }, "networks know steps of 5s"},
		"a time before":      {cardOne, func(f *cabinet.Forward) { f.After = -5 }, "-5s"},
		"too early":          {cardOne, func(f *cabinet.Forward) { f.After = 10 }, "before we answer"},
	} {
		f := wish
		row.change(&f)
		if status, text := d.forwards(http.MethodPut, row.card, "", f, nil); status < 400 || !strings.Contains(text, row.want) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, text := d.forwards(http.MethodPut, cardOne, "", cabinet.Forward{Common: true, Author: "a", Reason: "r"}, nil); status != http.StatusOK || d.documentOf("acme") != cardsFile {
		t.Errorf("%d %s\n%s", status, text, d.documentOf("acme"))
	}
}

func TestLooksAtACardsForwardingAreToldWithWhatItCosts(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	look := fmc.ForwardingSeen{
		At: now, SIM: cardOne, Asked: fmc.AskedNight, State: fmc.ForwardingSet, Strange: []string{"+79990000666"},
		Found: fmc.Forwarding{fmc.ForwardBusy: {To: "+79990000666"}}, Left: fmc.Forwarding{fmc.ForwardBusy: {To: "+74951234567"}},
	}
	leg, hangUp := fmc.LegID{Call: "0199d000-0000-7000-8000-00000000000f", N: 1}, cause.Of(cause.Hangup)
	of := func(at time.Duration, body fmc.Happening) fmc.Fact {
		return fmc.Fact{Company: "acme", Call: leg.Call, At: at, Body: body}
	}
	d.drain(fmc.Fact{Company: "acme", Body: look},
		of(0, fmc.Opened{Began: now.Add(-time.Hour), Direction: fmc.Inbound, Diversion: callerid.Received("+79160000001", "RU")}),
		of(0, fmc.LegBegan{Leg: leg, Offered: true, Role: fmc.Client}), of(time.Second, fmc.LegIs{Leg: leg, Link: fmc.Up}),
		of(61*time.Second, fmc.LegIs{Leg: leg, Link: fmc.Gone, Cause: &hangUp}), of(61*time.Second, fmc.Closed{Cause: hangUp, By: leg}))
	var x cabinet.ForwardingShown
	d.forwards(http.MethodGet, cardOne, "", nil, &x)
	if len(x.Looks) != 1 || x.Looks[0].Found.Busy != "+79990000666" || x.Looks[0].Left.Busy != "+74951234567" || len(x.Looks[0].Left.Unknown) != 3 || x.Brought.Calls != 1 || x.Brought.Talk != 60 {
		t.Errorf("%+v", x)
	}
	var seen cabinet.LookShown
	if status, text := d.forwards(http.MethodPost, cardOne, "/look", cabinet.Look{By: "ivanov"}, &seen); status != http.StatusOK || seen.By != "ivanov" || d.asked[len(d.asked)-1] != "acme|"+cardOne+"|ivanov" {
		t.Errorf("%d %s %q", status, text, d.asked)
	}
	d.fails = cause.Errorf(cause.NoRoom, "the card is in a call")
	for name, row := range map[string]struct {
		card string
		body cabinet.Look
		want string
	}{
		"in a call": {cardOne, cabinet.Look{By: "ivanov"}, "the card is in a call"}, "by nobody": {cardOne, cabinet.Look{}, "by: write who"}, "of another": {"8970101234567890149", cabinet.Look{By: "i"}, "not-found"},
	} {
		if status, text := d.forwards(http.MethodPost, row.card, "/look", row.body, nil); status < 400 || !strings.Contains(text, row.want) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
}

// The network is asked, and told what is right, though whoever wanted to see it does not wait: what came of it is for the audit.
func TestALookIsNotOverBecauseNobodyWaitsForIt(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", cardsFile, 0)
	acme, _ := d.options.Directory.Company("acme")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if seen, err := d.api.LookAtForwarding(ctx, acme, cardOne, "ivanov"); err != nil || seen.By != "ivanov" {
		t.Errorf("%+v %v", seen, err)
	}
}
