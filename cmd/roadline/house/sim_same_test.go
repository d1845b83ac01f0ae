package house_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/hardware/gsmsim"
)

// twin is one of several companies that differ in what carries their calls alone.
type twin struct {
	over    string
	company fmc.CompanyID
	card    *gsmsim.Card // nil: it has a trunk only
	number  string
	mobile  string
	from    string
	say     talking
	client  *housetest.Voice
	caller  *housetest.Peer
}

func (w *twin) document() string {
	sims := ""
	if w.card != nil {
		sims = "sims: [" + housetest.SIM(w.card) + "]"
	}
	return fmt.Sprintf(`
company: %s
name: Acme
country: RU
%s
numbers: [{e164: %q, trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}]
employees: [{id: ivanov, name: Ivan Ivanov, extension: "201", groups: [sales], mobile: %q}]
groups: [{id: sales, ring: 40s}]
caller_id: [{for: all, show: %q}]
scenarios: {main: [{ring: sales}]}
dialling: {prefer: sims}
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, w.company, sims, w.number, w.mobile, w.number)
}

// TestTheSameCallOverATrunkAndOverEachFamilyHasTheSamePlanAndRecordButForTheLine has eight clients call eight companies,
// whose one person is reached by a trunk, by a card in a module of each family that has sound, and by one in a gateway of each
// vendor: confirms, talks, hangs up.
func TestTheSameCallOverATrunkAndOverEachFamilyHasTheSamePlanAndRecordButForTheLine(t *testing.T) {
	t.Parallel()
	mobiles := housetest.NewMobiles(t)
	onTrunk := housetest.NewVoice(t)
	twins := []*twin{
		{over: "trunk", mobile: housetest.MobileOf(onTrunk, '1')},
		{over: "huawei", mobile: "+79161230011"},
		{over: "simcom", mobile: "+79161230021"},
		{over: "quectel", mobile: "+79161230031"},
		{over: "goip", mobile: "+79161230041"},
		{over: "dinstar", mobile: "+79161230051"},
		{over: "yeastar", mobile: "+79161230061"},
		{over: "openvox", mobile: "+79161230071"},
	}
	sip := fmt.Sprintf("127.0.0.1:%d", housetest.Ports(t))
	owners, grants := map[fmc.CompanyID][]*gsmsim.Card{}, ""
	people := make([]*gsmsim.Subscriber, len(twins))
	for i, w := range twins {
		w.company, w.number, w.from = fmc.CompanyID("twin-"+w.over), fmt.Sprintf("+749520000%02d", i), fmt.Sprintf("+791200000%02d", i)
		w.say, w.client = newTalking(4*i), housetest.NewVoice(t)
		grants += fmt.Sprintf(`, {company: %s, numbers: [%q]}`, w.company, w.number)
		if i == 0 {
			continue
		}
		w.card = gsmsim.NewCard(i)
		if modems := []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.SIM7600, gsmsim.EC25}; i <= len(modems) {
			mobiles.Plugs(modems[i-1], w.card)
		} else {
			mobiles.Gateway(w.over, sip, w.card)
		}
		owners[w.company] = []*gsmsim.Card{w.card}
		people[i] = mobiles.Subscriber(w.mobile, gsmsim.Behaviour{Does: gsmsim.Answers, After: 1500 * time.Millisecond})
	}
	town := housetest.Start(t, housetest.Setup{SIP: sip, Extra: mobiles.Machines(owners), Grants: grants})
	carrier := housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Voices: true, Answers: 1500 * time.Millisecond, Hangs: 12 * time.Second})
	for _, w := range twins {
		town.Apply(w.document())
		if w.card != nil {
			town.Line(w.company, w.card)
		}
	}
	for _, w := range twins {
		w.client.Say(w.say.client)
		w.caller = housetest.SIPp(t, housetest.Run{Scenario: "patient", To: town.SIP.String(), Number: w.number, From: w.from, Voice: w.client})
	}
	onTrunk.Say(twins[0].say.person)
	phones := make([]*gsmsim.Handset, len(twins))
	for i := range twins[1:] {
		phones[i+1] = mobiles.Rung(people[i+1])
	}
	town.Await("the mobile behind the trunk is asked to confirm", func() bool { return onTrunk.Count() > 25 })
	mobiles.Watch()
	onTrunk.Press("1")
	for i, w := range twins[1:] {
		phone := phones[i+1]
		mobiles.Answered(phone)
		phone.Say(housetest.Speaks(w.say.person))
		town.Await("the mobile behind "+w.over+" is asked to confirm", func() bool { return loudPCM(phone.Heard()) })
		mobiles.Presses(phone, "1")
	}
	for i, w := range twins {
		town.Await("client and person hear each other over "+w.over, func() bool {
			if i == 0 {
				return w.client.Hears(w.say.person) && onTrunk.Hears(w.say.client)
			}
			return w.client.Hears(w.say.person) && housetest.HearsAt(phones[i], w.say.client)
		})
	}
	talkFor(t, 2*time.Second)
	for _, phone := range phones[1:] {
		phone.HangUp()
	}
	town.Await("the mobile behind the trunk hangs up", func() bool { return carrier.Saw("BYE") })
	judgeTwins(t, mobiles, town, twins)
}

func judgeTwins(t *testing.T, mobiles *housetest.Mobiles, town *housetest.Town, twins []*twin) {
	t.Helper()
	var want string
	for i, w := range twins {
		r := town.Records(w.company, 1)[0]
		if r.Status != fmc.StatusAnswered || !noticed(r) || len(r.Legs) != 2 {
			t.Errorf("over %s the call is %s: %+v", w.over, r.Status, r.Cause)
		}
		judgeTape(t, mobiles, town, r, w.say)
		if w.card != nil && (r.Legs[1].Line != fmc.ICCID(w.card.ICCID).Line() || r.Legs[1].Shown.From.E164 != w.card.Number) {
			t.Errorf("over %s the person was rung by %s, and saw %s", w.over, r.Legs[1].Line, r.Legs[1].Shown.From.E164)
		}
		got := w.plain(t, plansOf(t, town, r)) + w.plain(t, plainRecord(r))
		if i == 0 {
			want = got
		} else if got != want {
			t.Errorf("over %s the call differs from that over the trunk:\n%s", w.over, differing(want, got))
		}
		w.caller.Wait()
	}
}

// plansOf are the plans of a call without what they say of lines: the answers about them, those that come after the first,
// which carried the call, and the text that tells who calls where a card shows its own number.
func plansOf(t *testing.T, town *housetest.Town, r fmc.Record) []plan.Plan {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), housetest.Within)
	defer cancel()
	stored, err := town.House.Store().For(r.Company).Plans(ctx, r.ID)
	if err != nil || len(stored) == 0 {
		t.Fatalf("plans of %s: %v", r.ID, err)
	}
	var all []plan.Plan
	for _, s := range stored {
		var p plan.Plan
		if err := json.Unmarshal(s.Plan, &p); err != nil {
			t.Fatal(err)
		}
		var because []plan.Reason
		for _, reason := range p.Because {
			if reason.Topic != "line" && reason.Topic != "lines" && reason.Topic != "in use" {
				because = append(because, reason)
			}
		}
		p.Because = because
		for i := range p.Nodes {
			for j := range p.Nodes[i].Tries {
				p.Nodes[i].Tries[j].Lines, p.Nodes[i].Tries[j].Text = nil, ""
			}
		}
		all = append(all, p)
	}
	return all
}

// plainRecord is a record without what is measured and what is the line's own: times, quality, dialog, number shown, and the text in
// its place.
func plainRecord(r fmc.Record) fmc.Record {
	r.Opened.Began, r.Generation, r.Times = time.Time{}, 0, fmc.Times{Answered: happened(r.Times.Answered), Ended: happened(r.Times.Ended)}
	for i := range r.Legs {
		l := &r.Legs[i]
		l.Dialog, l.Quality, l.Line, l.Shown = nil, nil, "", callerid.Shown{}
		l.Began, l.Alerting, l.Up, l.Gone = 0, happened(l.Alerting), happened(l.Up), happened(l.Gone)
		for j := range l.Talked {
			l.Talked[j] = fmc.Stay{From: happened(l.Talked[j].From), To: happened(l.Talked[j].To)}
		}
	}
	for i := range r.Recording.Spans {
		r.Recording.Spans[i].From, r.Recording.Spans[i].To = 0, 0
	}
	for i := range r.Recording.Notices {
		r.Recording.Notices[i].From = 0
	}
	r.Recording.Kept, r.Texts = nil, nil
	return r
}

// happened is 1 for whatever happened at some time.
func happened(d time.Duration) time.Duration { return min(max(d, 0), 1) }

var callName = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plain is something as text, with the names that one of the twins has alone put away.
func (w *twin) plain(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := callName.ReplaceAllString(string(b), "CALL")
	var names []string
	for _, n := range []string{w.number, w.mobile, w.from} {
		names = append(names, n, "NUMBER", strings.TrimPrefix(n, "+"), "NUMBER")
	}
	return strings.NewReplacer(append(names, string(w.company), "TWIN")...).Replace(text)
}

// differing are the lines that differ.
func differing(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out strings.Builder
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(a) > 0 && (len(b) == 0 || len(a) >= len(b)):
			out.WriteString("- " + a[0] + "\n")
			a = a[1:]
		default:
			out.WriteString("+ " + b[0] + "\n")
			b = b[1:]
		}
	}
	return out.String()
}
