package sipcore

import (
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media"
)

// fmcTrunk is an operator's FMC trunk on the address of the house's carrier.
func fmcTrunk(f FMC) Trunk {
	t := carrierTrunk()
	t.ID, t.FMC, t.Trust = "operator", &f, fmc.TrustOwn
	t.Form = callerid.Form{Country: "RU", Native: true, Diverted: callerid.ByDiversion, Sources: []callerid.Source{callerid.SourceAsserted, callerid.SourceFrom}}
	return t
}

const (
	clientNumber = "+79120000001"
	colleague    = "+79167654321"
	outsider     = "+79998887766"
)

// operate has the operator serve the mobiles of the house's companies.
func (h *house) operate() {
	h.settle()
	h.legs.opts.Native = func(t fmc.TrunkID, e164 string) (*fmc.Company, bool) {
		for _, co := range h.legs.opts.Companies.(town) {
			if _, ok := co.Mobile(e164); ok && t == "operator" {
				return co, true
			}
		}
		return nil, false
	}
}

// nativeInvite is an INVITE of the operator.
func nativeInvite(from, uri string, more ...string) string {
	text := "INVITE " + uri + " SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKn1\n" +
		"From: " + from + "\nTo: <sip:x@192.0.2.10>\nCall-ID: n1\nCSeq: 10 INVITE\nContact: <sip:operator@192.0.2.20:5060>\nContent-Type: application/sdp\n"
	if !strings.Contains(strings.Join(more, "\n"), "Max-Forwards") {
		text += "Max-Forwards: 70\n"
	}
	for _, m := range more {
		text += m + "\n"
	}
	return text + "\n" + sdpOf(40000)
}

func TestANativeCallIsThePersonsOwnOrForThem(t *testing.T) {
	tagged := FMC{
		Tag: Tag{Parameter: "cpc", Values: []string{"MO_FMC", "mt_fmc"}}, Short: "mobile*short", PrivatePrefix: "*7",
		PrivateTag: Tag{Header: "X-Private"},
	}
	marked := FMC{Tag: Tag{Header: "X-FMC", Values: []string{"yes"}}, Person: callerid.SourceAsserted}
	all := FMC{All: true}
	read := func(n string) callerid.Number { return callerid.Received(n, "RU") }
	own := func(dialled string, to callerid.Number) plan.Request {
		return plan.Request{Direction: fmc.Outbound, Employee: "ivanov", From: read(mobile), Dialled: dialled, To: to}
	}
	private := func(r plan.Request) plan.Request { r.Private = true; return r }
	for name, row := range map[string]struct {
		fmc       FMC
		from, uri string
		more      []string
		want      plan.Request
	}{
		"out, told in the address": {
			tagged, "<sip:+79161234567@op;cpc=MO_FMC>;tag=f", "sip:+79120000001@b", nil, own(clientNumber, read(clientNumber)),
		},
		"out, told behind the address": {
			tagged, "<sip:+79161234567@op>;tag=f;CPC=mo_fmc", "sip:+79120000001@b", nil, own(clientNumber, read(clientNumber)),
		},
		"out, told in the user part": {
			tagged, "<sip:+79161234567;cpc=MO_FMC@op;user=phone>;tag=f", "sip:+79120000001;cpc=x@b", nil, own(clientNumber, read(clientNumber)),
		},
		"out, told in a tel: address that the operator asserts": {
			tagged, "<sip:+79161234567@op>;tag=f", "sip:+79120000001@b", []string{"P-Asserted-Identity: <tel:+79161234567;cpc=MO_FMC>"}, own(clientNumber, read(clientNumber)),
		},
		"out, told by a header": {
			marked, "<sip:anonymous@op>;tag=f", "sip:+79120000001@b", []string{"X-FMC: YES;by=op", "P-Asserted-Identity: <sip:+79161234567@op>"}, own(clientNumber, read(clientNumber)),
		},
		"out, on a trunk of such calls alone": {
			all, "<sip:89161234567@op>;tag=f", "sip:89120000001@b", nil, own("89120000001", read(clientNumber)),
		},
		"to a colleague's short number": {
			tagged, "<sip:+79161234567@op;cpc=MO_FMC>;tag=f", "sip:79161234567*202@b", nil, own("202", read("202")),
		},
		"from who is told with their short number": {
			tagged, "<sip:79161234567*201@op;cpc=MO_FMC>;tag=f", "sip:202@b", nil, own("202", read("202")),
		},
		"to a colleague's mobile": {
			tagged, "<sip:+79161234567@op;cpc=MO_FMC>;tag=f", "sip:+79167654321@b", nil, own(colleague, read(colleague)),
		},
		"private by what was dialled": {
			tagged, "<sip:+79161234567@op;cpc=MO_FMC>;tag=f", "sip:*7+79998887766@b", nil, private(own(outsider, read(outsider))),
		},
		"private by what the operator writes": {
			tagged, "<sip:+79161234567@op;cpc=MO_FMC>;tag=f", "sip:+79998887766@b", []string{"X-Private: 1"}, private(own(outsider, read(outsider))),
		},
		"in, to a person's mobile": {
			tagged, "<sip:+79120000001@op;cpc=MT_FMC>;tag=f", "sip:+79161234567@b",
			[]string{"Diversion: <sip:+79998887766@op>;reason=unconditional"},
			plan.Request{Direction: fmc.Inbound, From: read(clientNumber), To: read(mobile), Diversion: read(outsider)},
		},
		"in, from who hides": {
			tagged, "<sip:anonymous@anonymous.invalid;cpc=MT_FMC>;tag=f", "sip:+79161234567@b",
			[]string{"Privacy: id"},
			plan.Request{Direction: fmc.Inbound, From: callerid.Number{Kind: callerid.Hidden}, To: read(mobile)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(h *house) {
				h.operate()
				h.peer.say(nativeInvite(row.from, row.uri, row.more...))
				h.peer.response(100)
				l := h.leg()
				want := row.want
				want.Call, want.Company, want.Trunk, want.Trust, want.Native = l.id.Call, "acme", "operator", fmc.TrustOwn, true
				got := h.board.asked[0]
				for _, n := range []*callerid.Number{&got.From, &got.To, &got.Diversion, &want.From, &want.To, &want.Diversion} {
					n.Raw = ""
				}
				if !reflect.DeepEqual(got, want) {
					h.Errorf("asked\n%+v, want\n%+v", got, want)
				}
				l.Release(cause.Of(cause.Busy))
				h.peer.response(486)
			}, fmcTrunk(row.fmc))
		})
	}
}

func TestANativeCallOfNobodyHereIsNobodys(t *testing.T) {
	tagged := FMC{Tag: Tag{Parameter: "cpc", Values: []string{"MO_FMC"}}}
	for name, row := range map[string]struct {
		fmc       FMC
		from, uri string
		more      []string
		status    int
	}{
		"strangers":                        {tagged, "<sip:+79998887766@op;cpc=MO_FMC>;tag=f", "sip:+79120000001@b", nil, 404},
		"to the company, and all native":   {FMC{All: true}, "<sip:+79120000001@op>;tag=f", "sip:+74951234567@b", nil, 404},
		"a mobile that only From claims":   {FMC{All: true, Person: callerid.SourceAsserted}, "<sip:+79161234567@op>;tag=f", "sip:+79120000001@b", nil, 404},
		"another tag":                      {tagged, "<sip:+79161234567@op;cpc=ordinary>;tag=f", "sip:+79120000001@b", nil, 404},
		"no tag":                           {tagged, "<sip:+79161234567@op>;tag=f", "sip:+79120000001@b", nil, 404},
		"no number at all":                 {FMC{All: true}, "<sip:op>;tag=f", "sip:b", nil, 404},
		"of a company that was suspended":  {FMC{All: true}, "<sip:+79990000001@op>;tag=f", "sip:+79120000001@b", nil, 403},
		"of a company, from another trunk": {FMC{All: true}, "<sip:+79161234567@op>;tag=f", "sip:+79120000001@b", []string{"X: elsewhere"}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(h *house) {
				h.operate()
				h.legs.opts.Companies.(town)[1].Profile.Suspended = true
				if len(row.more) > 0 {
					h.legs.opts.Native = func(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }
				}
				h.peer.say(nativeInvite(row.from, row.uri, row.more...))
				h.peer.response(100)
				h.peer.response(row.status)
				if len(h.board.asked) != 0 {
					h.Errorf("offered %+v", h.board.asked)
				}
			}, fmcTrunk(row.fmc))
		})
	}
}

func TestWhatATrunkBringsIsBelievedAsFarAsItsProfileSays(t *testing.T) {
	for _, trust := range []fmc.Trust{fmc.TrustForeign, fmc.TrustCarrier, fmc.TrustOwn} {
		trunk := carrierTrunk()
		trunk.Trust = trust
		virtual(t, func(h *house) {
			l := h.ringing("c1")
			if got := h.board.asked[0]; got.Trust != trust || got.Native {
				h.Errorf("asked %+v", got)
			}
			l.Release(cause.Of(cause.Busy))
			h.peer.response(486)
		}, trunk)
	}
}

func TestAnOrdinaryCallComesByAnFMCTrunkToo(t *testing.T) {
	trunk := fmcTrunk(FMC{Tag: Tag{Parameter: "cpc"}})
	trunk.ID = "carrier"
	virtual(t, func(h *house) {
		h.operate()
		l := h.ringing("c1")
		if got := h.board.asked[0]; got.Native || got.To.E164 != number || got.From.E164 != clientNumber {
			h.Errorf("asked %+v", got)
		}
		l.Release(cause.Of(cause.Busy))
		h.peer.response(486)
	}, trunk)
}

// back dials a person's mobile by the operator's trunk.
func (h *house) back(call fmc.CallID, to string, shown callerid.Shown) *leg {
	return h.legs.Dial(fmc.LegID{Call: call, N: 2}, plan.Try{Role: fmc.Worker, Number: callerid.Number{E164: to, Country: "RU"}, Lines: []plan.Candidate{{
		Line: "trunk:operator", Kind: fmc.TrunkLine, Trunk: "operator", Shown: shown,
	}}}).(*leg)
}

func TestACallGoesBackToTheHandsetThatDidNotAnswer(t *testing.T) {
	client, own := callerid.Received(clientNumber, "RU"), callerid.Received(mobile, "RU")
	for name, row := range map[string]struct {
		diverted callerid.Diverted
		shown    callerid.Shown
		from     string
		headers  []string
		without  []string
	}{
		"with the client's number": {
			callerid.ByDiversion, callerid.Native(client, own, "Client"), `"Client" <sip:+79120000001@192.0.2.10>`,
			[]string{"Diversion: <sip:+79161234567@192.0.2.10>;reason=no-answer;counter=1"},
			[]string{"P-Asserted-Identity", "Privacy"},
		},
		"by History-Info": {
			callerid.ByHistory, callerid.Native(client, own, ""), `<sip:+79120000001@192.0.2.10>`,
			[]string{"History-Info: <sip:+79161234567@192.0.2.10?Reason=SIP%3Bcause%3D408>;index=1", "index=1.1;mp=1"},
			[]string{"P-Asserted-Identity", "Diversion"},
		},
		"from who hides": {
			callerid.ByDiversion, callerid.Native(callerid.Number{Kind: callerid.Hidden}, own, ""), `"Anonymous" <sip:anonymous@anonymous.invalid>`,
			[]string{"Privacy: id", "Diversion: <sip:+79161234567@192.0.2.10>;reason=no-answer;counter=1"},
			[]string{"P-Asserted-Identity"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			trunk := fmcTrunk(FMC{All: true})
			trunk.Form.Diverted = row.diverted
			virtual(t, func(h *house) {
				h.operate()
				l := h.back("call-x", mobile, row.shown)
				invite := h.peer.request("INVITE")
				text := invite.String()
				if from := invite.From().Value(); !strings.HasPrefix(from, row.from+";tag=") {
					h.Errorf("From: %s", from)
				}
				for _, want := range row.headers {
					if !strings.Contains(text, want) {
						h.Errorf("no %q in\n%s", want, text)
					}
				}
				for _, not := range row.without {
					if strings.Contains(text, "\n"+not+":") {
						h.Errorf("%s stands in\n%s", not, text)
					}
				}
				h.peer.answer(invite, 486, "m")
				h.peer.request("ACK")
				h.link(fmc.Dialing)
				h.link(fmc.Gone)
				_ = l
			}, trunk)
		})
	}
}

func TestAPrivateCallLeavesWithThePersonsOwnNumber(t *testing.T) {
	virtual(t, func(h *house) {
		h.operate()
		h.back("call-x", outsider, callerid.Private(callerid.Received(mobile, "RU")))
		invite := h.peer.request("INVITE")
		if from := invite.From().Address.User; from != mobile || strings.Contains(invite.String(), "Diversion") || strings.Contains(invite.String(), "Asserted") {
			h.Errorf("INVITE\n%s", invite)
		}
		h.peer.answer(invite, 486, "m")
		h.peer.request("ACK")
		h.link(fmc.Dialing)
		h.link(fmc.Gone)
	}, fmcTrunk(FMC{All: true}))
}

func TestNobodysMobileIsVouchedForWithoutItsOperator(t *testing.T) { // invariant 7
	client := callerid.Received(clientNumber, "RU")
	for name, row := range map[string]struct {
		to    string
		shown callerid.Shown
	}{
		"a mobile of nobody here":          {outsider, callerid.Native(client, callerid.Received(outsider, "RU"), "")},
		"a person's, and another is rung":  {outsider, callerid.Native(client, callerid.Received(mobile, "RU"), "")},
		"a private call of nobody here":    {clientNumber, callerid.Private(callerid.Received(outsider, "RU"))},
		"a client without any diversion":   {mobile, callerid.Inside(client, "")},
		"a mobile that the company claims": {mobile, callerid.Shown{From: client, Asserted: callerid.Received(mobile, "RU"), Mobile: callerid.Received(mobile, "RU")}},
	} {
		virtual(t, func(h *house) {
			h.operate()
			h.back("call-x", row.to, row.shown)
			h.link(fmc.Dialing)
			if gone := h.link(fmc.Gone); gone.Cause.Meaning != cause.CallerIDRefused {
				h.Errorf("%s: %v", name, gone.Cause)
			}
			h.peer.silent(time.Second)
		}, fmcTrunk(FMC{All: true}))
	}
}

func TestAnFMCTrunkThatCannotWorkIsRefused(t *testing.T) {
	for says, change := range map[string]func(*Trunk){
		"how native calls are told": func(t *Trunk) { t.FMC = nil },
		"not that of an FMC trunk":  func(t *Trunk) { t.Form.Native = false },
		"one of the two":            func(t *Trunk) { t.FMC.Tag.Header = "X" },
		"say one of":                func(t *Trunk) { t.FMC.All = false },
		"private prefix":            func(t *Trunk) { t.FMC.PrivatePrefix = "seven" },
		"not both":                  func(t *Trunk) { t.FMC.PrivateTag = Tag{Header: "X", Parameter: "y"} },
		"short numbers":             func(t *Trunk) { t.FMC.Short = "mobile" },
		"write diverted":            func(t *Trunk) { t.Form.Diverted = callerid.NeverDiverted },
	} {
		trunk := fmcTrunk(FMC{All: true})
		change(&trunk)
		if err := trunk.Check(); cause.KindOf(err) != cause.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// A person's call comes to a call of ours, and what that call dials may come back: by the same dialog, by a long way round,
// or with a tale of diversions.
func TestACallThatGoesRoundIsStopped(t *testing.T) {
	var long []string
	for i := range 400 {
		long = append(long, fmt.Sprintf("<sip:+7912%07d@op>;reason=unconditional", i))
	}
	for name, lines := range map[string][]string{
		"diverted too often":            {"Diversion: <sip:+79161234567@op>;reason=no-answer;counter=6"},
		"by many":                       {"Diversion: " + strings.Join(long, ", ")},
		"a counter beyond all counting": {"Diversion: <sip:+79161234567@op>;counter=99999999999999999999", "Diversion: <sip:a@b>;counter=5"},
		"by its history":                {"History-Info: " + strings.TrimSuffix(strings.Repeat(`<sip:+79161234567@op?Reason=SIP%3Bcause%3D302>;index=1,`, 6), ",")},
	} {
		virtual(t, func(h *house) {
			h.operate()
			h.peer.say(nativeInvite("<sip:+79120000001@op>;tag=f", "sip:+79161234567@b", lines...))
			h.peer.response(100)
			if res := h.peer.response(482); res.GetHeader("Warning") == nil || len(h.board.asked) != 0 {
				h.Errorf("%s: %s", name, res)
			}
		}, fmcTrunk(FMC{All: true}))
	}
}

func TestWhatWeSendOnCountsWhereTheCallHasBeen(t *testing.T) {
	for _, row := range []struct {
		lines         []string
		hops, counter string
	}{
		{[]string{"Max-Forwards: 9", "Diversion: <sip:+79998887766@op>;counter=2"}, "8", "counter=3"},
		{[]string{"Max-Forwards: 1"}, "0", "counter=1"},
		{[]string{"Max-Forwards: 70", "Diversion: <sip:+79998887766@op>, <sip:+79998887767@op>;counter=3"}, "69", "counter=5"},
	} {
		virtual(t, func(h *house) {
			h.operate()
			h.peer.say(nativeInvite("<sip:+79120000001@op>;tag=f", "sip:+79161234567@b", row.lines...))
			h.peer.response(100)
			l := h.leg()
			h.back(l.id.Call, mobile, callerid.Native(callerid.Received(clientNumber, "RU"), callerid.Received(mobile, "RU"), ""))
			invite := h.peer.request("INVITE")
			if hops := invite.GetHeader("Max-Forwards").Value(); hops != row.hops || !strings.Contains(invite.GetHeader("Diversion").Value(), row.counter) {
				h.Errorf("%v: sent on\n%s", row.lines, invite)
			}
			h.peer.answer(invite, 486, "m")
			h.peer.request("ACK")
			l.Release(cause.Of(cause.Busy))
			h.peer.response(486)
			h.stopped(l)
		}, fmcTrunk(FMC{All: true}))
	}
}

// stopped acknowledges nothing and waits until a leg and what was known of its call are forgotten.
func (h *house) stopped(l *leg) {
	h.Helper()
	<-time.After(2 * time.Minute)
	if got := h.legs.trailFor(l.id.Call); got != (trail{hops: mostHops}) {
		h.Errorf("%+v is remembered of a call that is over", got)
	}
}

func TestOurOwnCallThatComesBackIsALoop(t *testing.T) {
	virtual(t, func(h *house) {
		h.operate()
		h.back("call-x", mobile, callerid.Native(callerid.Received(clientNumber, "RU"), callerid.Received(mobile, "RU"), ""))
		invite := h.peer.request("INVITE")
		again := func(uri, branch string) {
			text := strings.Replace(nativeInvite(invite.From().Value(), uri), "n1\nFrom", branch+"\nFrom", 1)
			h.peer.say(strings.Replace(text, "Call-ID: n1", "Call-ID: "+invite.CallID().Value(), 1))
			h.peer.response(100)
		}
		again("sip:+79161234567@b", "b1")
		if res := h.peer.response(482); res.GetHeader("Warning") == nil {
			h.Errorf("without a reason\n%s", res)
		}
		// To somebody else of this node, by a proxy that both go through: it is a call.
		again("sip:+79167654321@b", "b2")
		l := h.leg()
		l.Release(cause.Of(cause.Busy))
		h.peer.response(486)
		h.peer.answer(invite, 486, "m")
	}, fmcTrunk(FMC{All: true}))
}

func TestLegsOfAnFMCTrunkMustKnowWhoseAMobileIs(t *testing.T) {
	agent, err := New(Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	trunk := fmcTrunk(FMC{All: true})
	trunk.Sources = []Source{{Prefix: netip.MustParsePrefix("192.0.2.0/24")}}
	lines, err := NewTrunks([]Trunk{trunk}, agent)
	if err != nil {
		t.Fatal(err)
	}
	ports, err := media.NewPorts(media.Options{
		Bind: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, From: 30000, To: 39998, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	o := LegOptions{
		Calls: newBoard(), Ports: ports, Companies: town{}, Owner: town{}.owner, Trunks: lines, NewCall: func() fmc.CallID { return "c" },
	}
	if _, err := NewLegs(agent, o); cause.KindOf(err) != cause.Invalid || !strings.Contains(err.Error(), "whose a mobile is") {
		t.Error(err)
	}
	o.Native = func(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }
	if _, err := NewLegs(agent, o); err != nil {
		t.Error(err)
	}
}
