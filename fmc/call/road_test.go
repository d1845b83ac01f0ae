package call

import (
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// calling has ivanov call an access number from his mobile, where a plan of nodes is followed.
func calling(t testing.TB, p plan.Plan) (*theatre, fmc.LegID) {
	t.Helper()
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan { return p }
	leg := fmc.LegID{Call: "c1", N: 1}
	h.up[leg], h.device[leg] = true, "mobile"
	r := plan.Request{
		Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Trunk: "carrier-a", Trust: fmc.TrustCarrier,
		From: callerid.Number{E164: "+79161234567"}, To: callerid.Number{E164: "+74951234567"},
	}
	h.open("c1", r, LegOffered{Leg: leg, Role: fmc.Worker, Who: Who{Employee: "ivanov", Device: "ivanov/mobile"}, Line: "trunk:carrier-a"})
	return h, leg
}

// dialTone is a plan that takes a number or a code.
func dialTone() plan.Plan {
	return plan.Plan{Nodes: []plan.Node{
		{Do: plan.Gather, Say: "dial-tone", For: 40 * second, Most: 20, Keys: map[string]int{"*0": 2}, On: map[plan.Outcome]int{plan.TimedOut: 3}},
		{Do: plan.Ask, Query: plan.Query{What: plan.AskOut}},
		{Do: plan.Ask, Query: plan.Query{What: plan.AskOut, Digits: "*0"}},
		{Do: plan.End},
	}}
}

// out is a plan that calls a number outside and then takes the next.
func out(r plan.Request) plan.Plan {
	number := callerid.Number{E164: "+7" + strings.TrimPrefix(r.Query.Digits, "8"), Kind: callerid.Mobile, Country: "RU"}
	client := plan.Try{Device: "outside", Role: fmc.Client, Number: number, For: 40 * second, Lines: []plan.Candidate{{Line: "trunk:carrier-a"}}}
	return plan.Plan{Generation: 1, Recording: plan.Policy{Record: true, Notice: "recording-notice"}, Nodes: []plan.Node{
		{Do: plan.Ring, Tries: []plan.Try{client}},
		{Do: plan.Say, Say: "recording-notice", Notice: true, To: plan.ToAll},
		{Do: plan.Talk, On: map[plan.Outcome]int{plan.Done: 3}},
		{Do: plan.Gather, Say: "next-tone", For: second, Most: 20, On: map[plan.Outcome]int{plan.TimedOut: 5}},
		{Do: plan.Give, Gift: fmc.Anew, Query: plan.Query{What: plan.AskOut, Employee: "ivanov"}, On: map[plan.Outcome]int{plan.Unreachable: 5}},
		{Do: plan.End},
	}}
}

// facts returns the bodies of a kind that a call wrote.
func facts[F fmc.Happening](h *theatre, id fmc.CallID) []F {
	var all []F
	for _, f := range h.facts[id] {
		if b, ok := f.Body.(F); ok {
			all = append(all, b)
		}
	}
	return all
}

// spells reports whether digits stand in a fact or in what is published of the call.
func spells(t *testing.T, h *theatre, id fmc.CallID, digits string) bool {
	t.Helper()
	for _, f := range h.facts[id] {
		b, err := f.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if contains(b, digits) {
			t.Logf("%s", b)
			return true
		}
	}
	return contains([]byte(dump(*h.calls[id])), digits)
}

func TestE2AEachNumberOfACallThroughIsAContactWithARecordOfItsOwn(t *testing.T) {
	h, caller := calling(t, dialTone())
	h.plans[plan.AskOut] = out
	for i, number := range []string{"89120000001", "89120000002", "89120000003"} {
		id := h.order[len(h.order)-1]
		h.keys(caller, number+"#")
		if i > 0 {
			h.over(id, fmc.StatusAnswered)
			id = h.order[len(h.order)-1]
		}
		client := h.leg(id, "outside")
		h.link(client, fmc.Up)
		h.played(id)
		h.wants(id, "[mobile outside tape]")
		h.run(h.now + 10*second)
		h.hangUp(client)
		h.wants(id, "mobile:next-tone")
		r := fmc.Fold(h.facts[id])
		if r.Opened.Direction != fmc.Outbound || r.Opened.Employee != "ivanov" || r.Opened.From.E164 != "+79161234567" || r.Who.Client.E164 != "+7"+number[1:] || r.Times.Talked != 10*second {
			t.Fatalf("call %d: %+v, %+v, %+v", i, r.Opened, r.Who, r.Times)
		}
		if len(r.Recognised) != 1 || r.Recognised[0].By != fmc.ByNumber || r.Recognised[0].Employee != "ivanov" {
			t.Fatalf("call %d: recognised %+v", i, r.Recognised)
		}
	}
	h.hangUp(caller)
	h.over(h.order[2], fmc.StatusAnswered)
	if len(h.order) != 3 {
		t.Fatalf("%d calls", len(h.order))
	}
}

func TestE2ANothingKeyedForTheNextNumberEndsTheCall(t *testing.T) {
	h, caller := calling(t, dialTone())
	h.plans[plan.AskOut] = out
	h.keys(caller, "89120000001#")
	client := h.leg("c1", "outside")
	h.link(client, fmc.Up)
	h.played("c1")
	h.hangUp(client)
	h.played("c1")
	h.run(h.now + 5*second)
	h.over("c1", fmc.StatusAnswered)
	if len(h.order) != 1 {
		t.Fatal("a call was begun that nobody wanted")
	}
}

func TestAStarClearsWhatWasKeyedExceptWhereItBeginsACode(t *testing.T) {
	for name, keyed := range map[string]struct{ keys, want string }{
		"a code at once":              {"*0", "*0"},
		"a number":                    {"8912#", "8912"},
		"a number keyed anew":         {"8912*8913#", "8913"},
		"a code after a number":       {"89*" + "*0", "*0"},
		"a star that ends the number": {"8912*#", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, caller := calling(t, dialTone())
			h.keys(caller, keyed.keys)
			last := h.asked[len(h.asked)-1]
			if keyed.want == "" && last.What != plan.AskOut {
				return
			}
			if last.What != plan.AskOut || last.Digits != keyed.want {
				t.Fatalf("asked for %q, want %q", last.Digits, keyed.want)
			}
		})
	}
}

func TestAMenuThatTakesCodesTakesTheirStars(t *testing.T) {
	h, caller := calling(t, plan.Plan{Nodes: []plan.Node{
		{Do: plan.Gather, Say: "dial-tone", For: 40 * second, Most: 20, Begins: "*"},
		{Do: plan.Ask, Query: plan.Query{What: plan.AskOut}},
	}})
	h.keys(caller, "89*"+"**201#")
	if last := h.asked[len(h.asked)-1]; last.Digits != "**201" {
		t.Fatalf("asked for %q", last.Digits)
	}
}

func TestE2AKeysHaveFourSecondsEachAndFortyInAll(t *testing.T) {
	h, caller := calling(t, dialTone())
	h.plans[plan.AskOut] = out
	h.run(10 * second)
	h.played("c1") // the tone's end begins the 40 s
	for range 13 {
		h.run(h.now + 3*second)
		h.keys(caller, "1")
	}
	if n := len(h.asked); n != 1 {
		t.Fatalf("asked %d times after 39 s", n)
	}
	h.run(h.now + 1100*time.Millisecond)
	if last := h.asked[len(h.asked)-1]; last.What != plan.AskOut || len(last.Digits) != 13 {
		t.Fatalf("after 40 s: %+v", last)
	}
	h, caller = calling(t, dialTone())
	h.plans[plan.AskOut] = out
	h.keys(caller, "8912")
	h.run(h.now + 3900*time.Millisecond)
	if len(h.asked) != 1 {
		t.Fatal("the number counts as whole before 4 s")
	}
	h.run(h.now + 200*time.Millisecond)
	if last := h.asked[len(h.asked)-1]; last.Digits != "8912" {
		t.Fatalf("after 4 s of silence: %+v", last)
	}
}

func TestE2AAPINStandsNowhereOnceItIsAsked(t *testing.T) {
	for name, next := range map[string]plan.Node{
		"it is asked at once":    {Do: plan.Ask, Query: plan.Query{What: plan.AskPIN}},
		"something is said next": {Do: plan.Say, Say: "word"},
		"another menu is next":   {Do: plan.Gather, Say: "menu", For: 5 * second},
	} {
		t.Run(name, func(t *testing.T) {
			h, caller := calling(t, plan.Plan{Nodes: []plan.Node{{Do: plan.Gather, Say: "enter-pin", Most: 8, Secret: true}, next}})
			h.plans[plan.AskPIN] = func(r plan.Request) plan.Plan {
				if r.Query.Digits != "471199" || !r.Query.Secret {
					t.Errorf("asked %+v", r.Query)
				}
				return dialTone()
			}
			h.keys(caller, "471199#")
			if spells(t, h, "c1", "471199") {
				t.Fatal("the PIN stands in a fact or in the call")
			}
			if k := facts[fmc.Keyed](h, "c1"); len(k) != 1 || k[0].Count != 6 {
				t.Fatalf("keyed %+v", k)
			}
		})
	}
}

func TestE2AWhoHidTheirNumberIsThePersonWhosePINTheyKeyed(t *testing.T) {
	h := newTheatre(t)
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Gather, Say: "enter-pin", Secret: true, Most: 8}, {Do: plan.Ask, Query: plan.Query{What: plan.AskPIN}}}}
	}
	h.plans[plan.AskPIN] = func(plan.Request) plan.Plan {
		p := dialTone()
		p.Caller = &plan.Caller{Employee: "petrov", Device: "petrov/mobile", By: fmc.ByPIN}
		p.Alerts = []fmc.Alert{{Kind: "first_use", Employee: "petrov", Text: "It is the first time.", Person: true}}
		return p
	}
	h.plans[plan.AskOut] = func(r plan.Request) plan.Plan {
		if r.Direction != fmc.Outbound || r.Employee != "petrov" || r.Query.Proof != fmc.ByPIN {
			t.Errorf("asked %+v", r)
		}
		return out(r)
	}
	caller := h.offer("c1", "")
	h.keys(caller, "4711#")
	h.keys(caller, "89120000001#")
	client := h.leg("c1", "outside")
	h.link(client, fmc.Up)
	h.played("c1")
	h.wants("c1", "[client outside tape]")
	h.hangUp(caller)
	r := h.over("c1", fmc.StatusAnswered)
	if r.Opened.Direction != fmc.Outbound || r.Who.Employee != "petrov" || r.Who.Client.E164 != "+79120000001" || len(r.Alerts) != 1 || r.Recognised[0].By != fmc.ByPIN {
		t.Fatalf("%+v, %+v, %+v", r.Who, r.Alerts, r.Recognised)
	}
	c := h.board("acme").caller(h.company("acme"), "petrov", callerid.Number{}, callerid.Number{}, h.clock())
	if c.Proved == 0 || !c.Ever || c.LastWith != "+79120000001" || c.LastDialled != "+79120000001" || c.Spent.Calls != 1 {
		t.Fatalf("the board knows %+v", c)
	}
}

func TestE2BACallBackIsPromisedAndBeginsAsACallOfItsOwn(t *testing.T) {
	declined := cause.Of(cause.Declined)
	h, caller := calling(t, plan.Plan{Nodes: []plan.Node{{Do: plan.End, Cause: &declined, Then: &plan.Then{Employee: "ivanov", Digits: "89120000001", After: 3 * time.Minute, Round: 1}}}})
	if h.told[caller].Meaning != cause.Declined || h.calls["c1"].Parties[0].Told != ToldNothing {
		t.Fatalf("the caller is told %v", h.told[caller])
	}
	h.over("c1", fmc.StatusNotAnswered)
	if w := facts[fmc.Wanted](h, "c1"); len(w) != 1 || w[0] != (fmc.Wanted{
		Employee: "ivanov", Digits: "89120000001", After: 3 * time.Minute, Due: h.calls["c1"].Began.Add(h.calls["c1"].Now + 3*time.Minute).UTC(), From: callerid.Number{E164: "+79161234567"}, Round: 1,
	}) {
		t.Fatalf("wanted %+v", w)
	}
	want := plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Dialled: "89120000001", From: callerid.Number{E164: "+79161234567"}, Promised: "c1", Query: plan.Query{Round: 1}}
	if len(h.begun) != 1 || h.begun[0].After != 3*time.Minute || !same(h.begun[0].Request, want) {
		t.Fatalf("begun %+v", h.begun)
	}
	h.plans[plan.AskStart] = func(r plan.Request) plan.Plan {
		if r.Query.Round != 1 || r.Dialled != "89120000001" {
			t.Errorf("asked %+v", r)
		}
		return plan.Plan{Nodes: []plan.Node{
			{Do: plan.Ring, Tries: []plan.Try{{Device: "mobile", Employee: "ivanov", Role: fmc.Worker, For: 30 * second, Confirm: true, Lines: []plan.Candidate{{Line: "trunk:carrier-a"}}}}},
			{Do: plan.Ask, Query: plan.Query{What: plan.AskOut, Digits: "89120000001"}},
		}}
	}
	h.plans[plan.AskOut] = func(r plan.Request) plan.Plan {
		if r.Query.Proof != fmc.ByCallBack {
			t.Errorf("the person answered on their own mobile, and is known by %s", r.Query.Proof)
		}
		return out(r)
	}
	h.follow("c2", h.begun[0])
	mobile := h.leg("c2", "mobile")
	h.link(mobile, fmc.Up)
	h.keys(mobile, "1")
	h.link(h.leg("c2", "outside"), fmc.Up)
	h.played("c2")
	h.wants("c2", "[mobile outside tape]")
	h.hangUp(mobile)
	if r := h.over("c2", fmc.StatusAnswered); len(r.Legs) != 2 || r.Who.Client.E164 != "+79120000001" || r.Recognised[0].By != fmc.ByCallBack {
		t.Fatalf("both legs are not in one record: %+v, %+v", r.Who, r.Legs)
	}
}

// same compares two requests.
func same(a, b plan.Request) bool { return string(written(a)) == string(written(b)) }

func TestN22APersonIsTextedOnceWhereASIMCannotShowWhoCalls(t *testing.T) {
	card := fmc.ICCID("8970101234567890123").Line()
	h := newTheatre(t)
	mobile := callerid.Number{E164: "+79161234567"}
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		try := plan.Try{
			Device: "mobile", Employee: "ivanov", Role: fmc.Worker, Number: mobile, For: 20 * second, Text: "Sales: +7 912 000-00-01",
			Lines: []plan.Candidate{{Line: "trunk:carrier-a"}, {Line: card}},
		}
		return plan.Plan{Nodes: []plan.Node{{Do: plan.Ring, Tries: []plan.Try{try}}, {Do: plan.Talk}}}
	}
	h.offer("c1", "")
	leg := h.leg("c1", "mobile")
	h.post("c1", LinkIs{Leg: leg, Link: fmc.Dialing, Line: "trunk:carrier-a"})
	if len(h.texts) != 0 {
		t.Fatal("texted on a trunk, which shows the number")
	}
	for _, l := range []fmc.Link{fmc.Dialing, fmc.Alerting, fmc.Alerting} {
		h.post("c1", LinkIs{Leg: leg, Link: l, Line: card})
	}
	if len(h.texts) != 1 || h.texts[0].To != mobile || h.texts[0].Text != "Sales: +7 912 000-00-01" {
		t.Fatalf("texts %+v", h.texts)
	}
	if r := fmc.Fold(h.facts["c1"]); len(r.Texts) != 1 || r.Texts[0].Employee != "ivanov" {
		t.Fatalf("the record has %+v", r.Texts)
	}
}

func TestN24OfAPrivateCallNoNumberIsKeptAndNoSound(t *testing.T) {
	h := newTheatre(t)
	number := callerid.Number{E164: "+79120000001", Raw: "89120000001", Kind: callerid.Mobile, Country: "RU"}
	h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
		client := plan.Try{
			Device: "outside", Role: fmc.Client, Number: number, For: 40 * second,
			Lines: []plan.Candidate{{Line: "trunk:fmc", Shown: callerid.Shown{From: callerid.Number{E164: "+79120000001"}}, Why: "to +79120000001"}},
		}
		why := cause.Because(cause.Refused, "+79120000001 may not be called")
		return plan.Plan{
			Recording: plan.Policy{Record: true, Private: true}, Because: []plan.Reason{{Topic: "destination", About: "+79120000001"}},
			Alerts: []fmc.Alert{{Kind: "destination", About: "+79120000001", Text: "+79120000001"}},
			Nodes: []plan.Node{
				{Do: plan.Ring, Tries: []plan.Try{client}},
				{Do: plan.Talk, On: map[plan.Outcome]int{plan.Done: 2}},
				{Do: plan.End, Cause: &why, Say: "digits/79120000001", Then: &plan.Then{Employee: "ivanov", Digits: "89120000001"}},
			},
		}
	}
	h.plans[plan.AskConsult] = func(plan.Request) plan.Plan { return plan.Plan{Nodes: []plan.Node{{Do: plan.Say, Say: "busy"}}} }
	leg := fmc.LegID{Call: "c1", N: 1}
	h.up[leg], h.device[leg] = true, "mobile"
	r := plan.Request{
		Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Trunk: "fmc", Native: true, Private: true, Trust: fmc.TrustOwn,
		From: callerid.Number{E164: "+79161234567"}, To: number, Dialled: "89120000001",
	}
	h.open("c1", r, LegOffered{Leg: leg, Role: fmc.Worker, Who: Who{Employee: "ivanov", Device: "ivanov/mobile"}})
	client := h.leg("c1", "outside")
	h.post("c1", LinkIs{Leg: client, Link: fmc.Up, Dialog: &fmc.Dialog{CallID: "x", RemoteURI: "sip:+79120000001@ims", Target: "sip:79120000001@10.0.0.1:5060;transport=tcp"}})
	if d := fmc.Fold(h.facts["c1"]).Legs[1].Dialog; d == nil || d.CallID != "x" || d.Target != "sip:10.0.0.1:5060;transport=tcp" {
		t.Fatalf("nobody can hang up after a kill: %+v", d)
	}
	h.wants("c1", "[mobile outside]")
	h.keys(leg, "*289120000001#")
	h.hangUp(client)
	record := h.over("c1", fmc.StatusAnswered)
	if !record.Opened.Private || record.Recording.State != fmc.NoTape {
		t.Fatalf("%+v, %+v", record.Opened, record.Recording)
	}
	for _, f := range h.facts["c1"] {
		b, err := f.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if contains(b, "9120000001") || contains(b, "9161234567") {
			t.Errorf("a number stands in the record: %s", b)
		}
	}
	if who, _ := (view{board: h.board("acme"), now: h.clock()}).LastWith(number); who != "" {
		t.Fatal("the board remembers whom a person called privately")
	}
}

func TestAMessageHeardToItsEndIsHeardAndOneCutShortIsNot(t *testing.T) {
	h, caller := calling(t, plan.Plan{Nodes: []plan.Node{
		{Do: plan.Say, Say: "message-from+digits/79120000001+message/c7/12000"},
		{Do: plan.Say, Say: "message-hidden+message/c8/900"},
	}})
	h.run(3 * second)
	h.played("c1")
	h.hangUp(caller)
	want := fmc.Listened{Leg: caller, Employee: "ivanov", Prompt: "message/c7/12000"}
	if all := facts[fmc.Listened](h, "c1"); len(all) != 1 || all[0] != want {
		t.Fatalf("listened to %+v", all)
	}
}

func TestAPromptSpokenByPhoneIsListedAsOne(t *testing.T) {
	h, caller := calling(t, plan.Plan{Nodes: []plan.Node{{Do: plan.Mail, Say: "say-prompt", Person: "ivanov", Prompt: "recorded/201/1", For: 60 * second}}})
	h.played("c1")
	h.run(h.now + 5*second)
	h.keys(caller, "#")
	r := h.over("c1", fmc.StatusVoicemail)
	if len(r.Mail) != 1 || r.Mail[0].Prompt != "recorded/201/1" || r.Mail[0].Employee != "ivanov" {
		t.Fatalf("%+v", r.Mail)
	}
}
