package call

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// decidedLife is a random afternoon of a company whose plans are Decide's.
type decidedLife struct {
	*company
	dice   *rand.Rand
	seed   uint64
	silent map[fmc.LegID]time.Duration // since when a leg hears nothing
	begun  int                         // call backs that began
	did    []string
}

const longestSilence = 5 * second

func (d *decidedLife) note(what string) { d.did = append(d.did, fmt.Sprintf("%v %s", d.now, what)) }

func (d *decidedLife) fail(format string, args ...any) {
	d.t.Helper()
	n := max(0, len(d.did)-40)
	for _, what := range d.did[n:] {
		d.t.Log(what)
	}
	d.t.Fatalf("seed %d: "+format, append([]any{d.seed}, args...)...)
}

func (d *decidedLife) oneOf(all ...string) string { return all[d.dice.IntN(len(all))] }

// begins has somebody call.
func (d *decidedLife) begins() {
	id := fmc.CallID(fmt.Sprintf("n%d", len(d.order)))
	switch d.dice.IntN(6) {
	case 0, 1:
		d.note("client calls " + string(id))
		d.call(id, clients, d.oneOf(officeNumber, backNumber), fmc.TrustCarrier)
	case 2, 3:
		from, trust := d.oneOf(ivanovMobile, "+79167654321", ""), fmc.Trust(d.dice.IntN(3))
		d.note(fmt.Sprintf("%q calls through as %s: %s", from, trust, id))
		d.call(id, from, d.oneOf(officeNumber, officeNumber, backNumber), trust)
	case 4:
		account := d.oneOf("ivanov", "petrov", "sidorov")
		r := plan.Read(d.company.company("acme"), plan.Request{Company: "acme", Direction: fmc.Outbound, Account: fmc.AccountID(account), Dialled: d.oneOf("*8", "**", "**201", "*4202", "202", "203", "300", "260", "89120000003", "*41")})
		d.note(fmt.Sprintf("%s dials %s: %s", account, r.Dialled, id))
		leg := fmc.LegID{Call: id, N: 1}
		d.up[leg], d.device[leg] = true, fmc.DeviceID(account+" desk")
		d.open(id, r, offeredBy(d.company.company("acme"), r, leg))
	case 5:
		if d.begun < len(d.theatre.begun) {
			d.note("call back: " + string(id))
			d.follow(id, d.theatre.begun[d.begun])
			d.begun++
		}
	}
}

// happens lets something happen to a leg.
func (d *decidedLife) happens() {
	var legs []fmc.LegID
	for leg := range d.up {
		legs = append(legs, leg)
	}
	slices.SortFunc(legs, func(a, b fmc.LegID) int { return strings.Compare(a.String(), b.String()) })
	if len(legs) == 0 {
		return
	}
	leg := legs[d.dice.IntN(len(legs))]
	id := d.legs[leg]
	p, ok := d.calls[id].Party(leg)
	if !ok {
		return
	}
	what := fmt.Sprintf("%s (%s in %s, %s)", leg, d.device[leg], id, p.Link)
	switch {
	case p.Link == fmc.Dialing || p.Link == fmc.Alerting:
		switch d.dice.IntN(8) {
		case 0, 1, 2, 3:
			d.note("answers " + what)
			d.link(leg, fmc.Alerting)
			d.link(leg, fmc.Up)
			if p.Assent == fmc.Awaited && d.dice.IntN(3) > 0 {
				d.keys(leg, "1")
			}
		case 4:
			d.note("alerts " + what)
			d.link(leg, fmc.Alerting)
		default:
			m := []cause.Meaning{cause.Busy, cause.NoAnswer, cause.Unreachable, cause.Declined, cause.Congested}[d.dice.IntN(5)]
			d.note("ends " + m.String() + " " + what)
			d.ends(leg, m)
		}
	case d.dice.IntN(12) == 0:
		for _, whom := range legs { // a phone refers one of its calls to the other
			if other, _ := d.calls[d.legs[whom]].Party(whom); d.legs[whom] != id && other.Who.Employee == p.Who.Employee && p.Who.Employee != "" {
				d.note(fmt.Sprintf("hands over %s to %s", what, whom))
				d.post(id, Wished{Wish{Kind: WishHandOver, Leg: leg, Whom: whom}})
			}
		}
	case d.dice.IntN(8) == 0:
		m := []cause.Meaning{cause.Hangup, cause.Hangup, cause.Lost}[d.dice.IntN(3)]
		d.note("goes " + m.String() + " " + what)
		d.ends(leg, m)
	default:
		keys := d.answer(*d.calls[id], leg)
		d.note("keys " + keys + " " + what)
		d.keys(leg, keys)
	}
}

// answer is what somebody may key by what they are asked, or in a conversation.
func (d *decidedLife) answer(c Call, leg fmc.LegID) string {
	ti, asked := c.gathering(leg)
	switch say := string(c.Threads[max(ti, 0)].Node().Say); {
	case !asked && c.talks(leg) && d.dice.IntN(8) > 0:
		return d.oneOf("*5", "*2202#", "*2203#", "*289120000009#", "*3202#", "*3260#", "*389120000009#", "*3300#", "*6", "*41#", "*7", "*8", "*9", "*0", "*2",
			"*2810442071838750#", "*3810442071838750#", "*389167654321#", "*2112#", "*3112#")
	case !asked:
		return d.oneOf("1", "5", "#", "*", "*5")
	case say == "dial-tone" || say == "next-tone" || say == "next-number":
		return d.oneOf("89120000004#", "810442071838750#", "810442071838750#", "202#", "300#", "*97#", "**201#", "**202#", "**260#", "**260#", "**#", "*8#", "*41#", "112#", "*7#", "*0#")
	case say == "enter-pin":
		return d.oneOf("471199#", "471199#", "471199#", "0000#")
	case say == "enter-extension":
		return "201#"
	}
	return d.oneOf("1", "2", "5", "300#")
}

// hears holds every leg to hearing something.
func (d *decidedLife) hears() {
	for _, id := range d.order {
		c := d.calls[id]
		for _, p := range c.Parties {
			w := wirer{Wiring: c.Wiring, c: *c}
			quiet := p.Link == fmc.Up && p.Part == nil && !w.talking(p.Leg) && !slices.ContainsFunc(c.Wiring.Hears, func(h Hears) bool { return h.Leg == p.Leg })
			_, asked := c.gathering(p.Leg)
			_, _, racing := attemptOf(*c, p.Leg)
			waits := slices.ContainsFunc(c.Threads, func(t Thread) bool { return t.Node().Do == plan.Say && slices.Contains(t.Visit.Heard, p.Leg) })
			if !quiet || asked || racing || waits {
				delete(d.silent, p.Leg)
				continue
			}
			if since, ok := d.silent[p.Leg]; !ok {
				d.silent[p.Leg] = d.now
			} else if d.now-since > longestSilence {
				d.fail("leg %s (%s) hears nothing since %v in call %s: %+v", p.Leg, d.device[p.Leg], since, id, c.Threads)
			}
		}
	}
}

func TestADecidedLifeLeavesNobodyInSilenceAndNothingUnproved(t *testing.T) {
	lives := uint64(800)
	if testing.Short() {
		lives = 200
	}
	for seed := range lives {
		d := &decidedLife{company: newCompany(t), dice: rand.New(rand.NewPCG(seed, 7)), seed: seed, silent: map[fmc.LegID]time.Duration{}}
		company := d.company.company("acme")
		company.Rules.Dialling.Abroad = true
		if seed%2 == 0 {
			company.Groups[0].Strategy = fmc.RingAll
		}
		see := d.see
		d.see = func(was, is Call, ev Event, cmds []Command) {
			see(was, is, ev, cmds)
			for _, p := range is.Parties {
				if p.Proof == fmc.ByCallBack && p.Told != ToldNothing {
					d.fail("%s is proved by a call back and was not called", p.Leg)
				}
			}
			for _, cmd := range cmds {
				dial, ok := cmd.(Dial)
				if !ok || dial.Try.Role != fmc.Client {
					continue
				}
				if dial.Try.Number.Kind == callerid.Emergency {
					d.fail("an emergency number is dialled")
				}
				if dial.Try.Number.Country == "GB" {
					d.unproved(is, dial)
				}
			}
		}
		for range 80 {
			switch d.dice.IntN(9) {
			case 0:
				if len(d.order) < 8 {
					d.begins()
				}
			case 1, 2, 3:
				for _, id := range d.order {
					d.played(id)
				}
				d.hears()
			case 4, 5:
				d.run(d.now + time.Duration(1+d.dice.IntN(4))*second)
				d.hears()
			default:
				d.happens()
				d.hears()
			}
		}
		d.closes()
	}
}

// unproved fails where a number abroad is called for somebody who only showed a number or keyed a PIN.
func (d *decidedLife) unproved(c Call, dial Dial) {
	vouched := c.Request.Trust == fmc.TrustOwn && c.Request.Employee == dial.By && c.Request.From.Kind != callerid.Hidden
	known, better := false, false
	for _, p := range c.Parties {
		if p.Who.Employee == dial.By {
			known = true
			better = better || p.Proof != fmc.ByNumber && p.Proof != fmc.ByPIN && (p.Assent != fmc.Awaited)
		}
	}
	if known && !better && !vouched {
		d.fail("%s is called for %s, who proved nothing", dial.Try.Number.E164, dial.By)
	}
}

// closes has everybody hang up: no leg, and no call, may be left.
func (d *decidedLife) closes() {
	for range 20 {
		for leg := range d.up {
			d.ends(leg, cause.Hangup)
		}
		d.run(d.now + 5*second)
	}
	for _, id := range d.order {
		if !d.calls[id].Over() {
			d.fail("call %s goes on: %+v", id, d.calls[id].Threads)
		}
	}
}
